import assert from "node:assert/strict";
import { isAbsolute } from "node:path";
import { it } from "node:test";
import { parseOptions } from "../command/option-parser.ts";
import type { MemberSettings } from "./member.ts";
import { resolveMemberSettings } from "./member-settings.ts";
import { NODE_SCHEMA } from "./node-schema.ts";

function settingsOf(argv: readonly string[]): MemberSettings {
  const parsed = parseOptions(NODE_SCHEMA, ["--id", "3", ...argv]);
  assert.ok(parsed.kind === "values");
  return resolveMemberSettings(parsed.values, 3, "1.2.3");
}

it("keeps data below ./caucus-data unless told otherwise", () => {
  const { dataDir } = settingsOf([]);
  assert.ok(isAbsolute(dataDir));
  assert.match(dataDir, /caucus-data\/node-3$/);
  assert.equal(settingsOf(["--data-dir", "/x/y"]).dataDir, "/x/y");
});

it("passes addresses, timing and compaction on", () => {
  const settings = settingsOf([
    ...["--rpc-addr", "127.0.0.1:7", "--join", "127.0.0.1:8"],
    ...["--election-timeout-ms", "900", "--heartbeat-ms=90", "--compaction-entries", "50"],
  ]);
  assert.equal(settings.label, 3);
  assert.equal(settings.addresses.api, "127.0.0.1:8080");
  assert.equal(settings.addresses.rpc, "127.0.0.1:7");
  assert.deepEqual(settings.join, ["127.0.0.1:8"]);
  assert.equal(settings.raft.electionTimeoutMs, 900);
  assert.equal(settings.raft.heartbeatIntervalMs, 90);
  assert.equal(settings.raft.compactionEntries, 50);
  assert.equal(settings.version, "1.2.3");
});

it("refuses options that contradict each other", () => {
  assert.throws(() => settingsOf(["--bootstrap", "--join", "a:1"]), {
    code: "invalid_argument",
    message: /--bootstrap .* --join .*; allowed: one of them/,
  });
  assert.throws(() => settingsOf(["--bootstrap", "--bootstrap-expect", "3"]), {
    code: "invalid_argument",
    message: /--bootstrap .* --bootstrap-expect .*; allowed: one of them/,
  });
  assert.throws(() => settingsOf(["--heartbeat-ms", "201"]), {
    code: "invalid_argument",
    message:
      /--heartbeat-ms 201 is too long for --election-timeout-ms 600; allowed: at most a third/,
  });
});

it("S2-28: bootstraps when it has an address for each and nobody to talk to, unless told not to", () => {
  const first = ["--rpc-addr", "127.0.0.1:21001", "--api-addr=127.0.0.1:3001"];
  const gossip = ["--gossip-addr", "127.0.0.1:20001"];
  assert.equal(settingsOf([...first, ...gossip]).bootstrap, true);
  assert.equal(settingsOf([...first, ...gossip, "--bootstrap=false"]).bootstrap, false);
  for (const more of [
    ["--seed-gossip-addrs", "127.0.0.1:20002"],
    ["--join", "127.0.0.1:21002"],
    ["--bootstrap-expect", "3"],
  ]) {
    assert.equal(settingsOf([...first, ...gossip, ...more]).bootstrap, false, more.join(" "));
  }
  assert.equal(settingsOf(first).bootstrap, false);
  assert.equal(settingsOf(gossip).bootstrap, false);
  assert.equal(settingsOf(["--bootstrap"]).bootstrap, true);
});

it("looks for gossip where it was told to, else at --join when one port serves everything", () => {
  const join = ["--join", "a:1,b:2"];
  assert.deepEqual(settingsOf(join).gossip.seeds, ["a:1", "b:2"]);
  assert.deepEqual(settingsOf([...join, "--seed", "c:3"]).gossip.seeds, ["c:3"]);
  assert.deepEqual(settingsOf([...join, "--seeds=c:3", "--seed", "d:4"]).gossip.seeds, [
    "c:3",
    "d:4",
  ]);
  for (const apart of [
    ["--rpc-addr", "127.0.0.1:7"],
    ["--gossip-addr", "127.0.0.1:7"],
  ]) {
    assert.deepEqual(settingsOf([...join, ...apart]).gossip.seeds, []);
  }
});

it("S0-54: passes the rules of failure detection on", () => {
  const { gossip } = settingsOf([
    ...["--phi_threshold", "4.5", "--interval_ms", "200", "--node_id", "n"],
    ...["--dead_node_grace_ms", "10000", "--marked_for_deletion_grace_ms", "60000"],
  ]);
  assert.equal(gossip.phiThreshold, 4.5);
  assert.equal(gossip.intervalMs, 200);
  assert.equal(gossip.deadNodeGraceMs, 10_000);
  assert.equal(gossip.markedForDeletionGraceMs, 60_000);
  assert.equal(gossip.nodeName, "n");
});

it("passes everything about HTTP on, and a rate limit with a window", () => {
  assert.equal(settingsOf([]).http.rateLimit, undefined);
  const { http } = settingsOf([
    ...["--dialects", "gossip-kv", "--dialects=raft-cluster", "--forward-writes=false"],
    ...["--cors-origins", "https://a.example,*", "--rate-limit-max", "5"],
    ...["--body-limit-bytes", "2048", "--connections-max", "9", "--close-grace-ms", "7"],
  ]);
  assert.deepEqual(http.dialects, ["gossip-kv", "raft-cluster"]);
  assert.equal(http.forwardWrites, false);
  assert.deepEqual(http.corsOrigins, ["https://a.example", "*"]);
  assert.deepEqual(http.rateLimit, { max: 5, windowMs: 60_000 });
  assert.deepEqual([http.bodyLimitBytes, http.connectionsMax, http.closeGraceMs], [2048, 9, 7]);
  const limited = settingsOf(["--rate-limit-max", "5", "--rate-limit-window-ms", "100"]);
  assert.deepEqual(limited.http.rateLimit, { max: 5, windowMs: 100 });
  assert.throws(() => settingsOf(["--rate-limit-window-ms", "100"]), {
    code: "invalid_argument",
    message: /--rate-limit-window-ms 100 limits nothing; allowed: with --rate-limit-max/,
  });
});
