// What is published for Prometheus: all of it documented, true, and bounded.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { NodeCounts, NodeMetrics, NodeObserver } from "@caucus/node";
import { type Api, createApi } from "./api.ts";
import { withGossip } from "./gossip-api.ts";

const DOCUMENT = new URL("../../../../docs/operating/metrics.md", import.meta.url);

const COUNTS: NodeCounts = {
  raft: {
    proposals: {
      applied: 7,
      superseded: 0,
      unknown: 2,
      "not-leader": 0,
      overloaded: 1,
      transferring: 0,
      stopped: 0,
    },
    reads: { ready: 3, "no-leader": 0, timeout: 0, overloaded: 0, stopped: 0 },
    leaderChanges: 4,
    campaigns: 5,
    messagesSent: 100,
    messagesReceived: 90,
    messagesDropped: 6,
    snapshotsSent: 1,
    snapshotsInstalled: 2,
    proposalsWaiting: 11,
    readsWaiting: 12,
    inflight: [{ label: 2, appends: 13 }],
  },
  storage: { groups: 20, syncs: 19, bytesWritten: 2_000, bytesWaiting: 200 },
};

interface FakeMetrics extends NodeMetrics {
  readonly observers: NodeObserver[];
}

function fakeMetrics(counts: NodeCounts = COUNTS): FakeMetrics {
  const observers: NodeObserver[] = [];
  return {
    observers,
    counts: () => counts,
    diskBytes: async () => 4_096,
    observe: (observer) => void observers.push(observer),
  };
}

/** The lines of a scrape that carry a value. */
async function scrape(api: Api): Promise<Map<string, number>> {
  const { text } = await api.get("/metrics/prometheus");
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    samples.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** `name type` of everything in the text. */
async function published(api: Api): Promise<Set<string>> {
  const { text } = await api.get("/metrics/prometheus");
  return new Set([...text.matchAll(/^# TYPE (\S+ \S+)$/gm)].map((match) => String(match[1])));
}

test("S0-73, S1-52, S3-73, H22: the text is well-formed, and every series has help and a unit", async () => {
  const { text } = await (await createApi({ metrics: fakeMetrics() })).get("/metrics/prometheus");
  const sample = /^[a-z0-9_]+(\{([a-z_]+="[^"]*",?)+\})? (Na[Nn]|-?[0-9.]+(e[+-][0-9]+)?)$/;
  for (const line of text.split("\n")) {
    if (line === "" || /^# (HELP|TYPE) [a-z0-9_]+ .+$/.test(line)) continue;
    assert.match(line, sample);
  }
  for (const [, name, type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    assert.match(text, new RegExp(`^# HELP ${name} \\S`, "m"));
    if (!name?.startsWith("caucus_")) continue;
    assert.equal(type === "counter", name.endsWith("_total"), name);
    if (type === "histogram") assert.match(name, /_seconds$/);
  }
});

test("H22: docs/operating/metrics.md lists every metric with its type, and no other", async () => {
  const document = await readFile(DOCUMENT, "utf8");
  const rows = [...document.matchAll(/^\| `([a-z0-9_]+)` \| (\w+) \|(.*)$/gm)];
  const documented = new Set(rows.map(([, name, type]) => `${name} ${type}`));
  await withGossip(
    ["n1"],
    async (api) => {
      const served = await published(api as Api);
      const missing = [...served].filter((name) => !documented.has(name));
      assert.deepEqual(missing, [], "published, but not documented");
      // Of the process, each system tells what it has.
      const isSure = (name: string): boolean =>
        process.platform === "linux" || name.startsWith("caucus_");
      const untrue = [...documented].filter((name) => !served.has(name) && isSure(name));
      assert.deepEqual(untrue, [], "documented, but not published");
    },
    { agents: false, http: { metrics: fakeMetrics() } },
  );
});

test("a node that takes part in gossip only has no series of Raft, storage and keys", async () => {
  await withGossip(["n1"], async (api) => {
    const names = [...(await published(api as Api))].join("\n");
    assert.doesNotMatch(names, /caucus_(raft|storage|kv)_/);
    assert.match(names, /^caucus_gossip_live_nodes gauge$/m);
    const samples = await scrape(api as Api);
    assert.equal(samples.get("caucus_gossip_live_nodes"), 1);
    assert.equal(samples.get('caucus_ready{for="gossip"}'), 1);
  });
});

test("what a node counts is published as it is, and again after a second scrape", async () => {
  const api = await createApi({ metrics: fakeMetrics() });
  await api.post("/api/add-learner", { node_id: 2, rpc_addr: "127.0.0.1:2" });
  await scrape(api);
  const samples = await scrape(api);
  for (const [name, value] of [
    ["caucus_raft_term", 1],
    ["caucus_raft_is_leader", 1],
    ['caucus_raft_role{role="leader"}', 1],
    ['caucus_raft_role{role="candidate"}', 0],
    ['caucus_raft_members{role="learner"}', 1],
    ["caucus_raft_commit_index", 2],
    ["caucus_raft_log_entries", 2],
    ['caucus_raft_peer_match_index{peer="2"}', 2],
    ['caucus_raft_peer_lag_entries{peer="2"}', 0],
    ['caucus_raft_peer_silence_seconds{peer="2"}', 0.0125],
    ['caucus_raft_peer_inflight_appends{peer="2"}', 13],
    ['caucus_raft_proposals_total{outcome="applied"}', 7],
    ['caucus_raft_proposals_total{outcome="unknown"}', 2],
    ['caucus_raft_reads_total{outcome="ready"}', 3],
    ["caucus_raft_leader_changes_total", 4],
    ["caucus_raft_campaigns_total", 5],
    ["caucus_raft_messages_dropped_total", 6],
    ["caucus_raft_proposals_waiting", 11],
    ["caucus_storage_disk_bytes", 4_096],
    ["caucus_storage_writes_total", 20],
    ["caucus_storage_written_bytes_total", 2_000],
    ["caucus_storage_waiting_bytes", 200],
  ] as const) {
    assert.equal(samples.get(name), value, name);
  }
  assert.ok((samples.get("process_resident_memory_bytes") ?? 0) > 0);
  assert.ok((samples.get("process_uptime_seconds") ?? 0) > 0);
});

test("latencies fall into buckets, in seconds", async () => {
  const metrics = fakeMetrics();
  const api = await createApi({ metrics });
  const observer = metrics.observers[0] as NodeObserver;
  for (const ms of [0.7, 3, 3, 700]) observer.committed(ms);
  observer.synced(4);
  const samples = await scrape(api);
  const commits = "caucus_raft_commit_duration_seconds";
  assert.equal(samples.get(`${commits}_bucket{le="0.0005"}`), 0);
  assert.equal(samples.get(`${commits}_bucket{le="0.005"}`), 3);
  assert.equal(samples.get(`${commits}_bucket{le="+Inf"}`), 4);
  assert.equal(samples.get(`${commits}_count`), 4);
  assert.ok(Math.abs((samples.get(`${commits}_sum`) ?? 0) - 0.7067) < 1e-9);
  assert.equal(samples.get('caucus_storage_fsync_duration_seconds_bucket{le="0.005"}'), 1);
});

test("requests are counted by route, method and class of status; unknown paths share one", async () => {
  const api = await createApi();
  await api.get("/api/read/a");
  await api.get("/api/read/b");
  await api.get("/api/read");
  for (const path of ["/one", "/two", "/three"]) await api.get(path);
  const samples = await scrape(api);
  const of = (route: string, status: string): string =>
    `caucus_http_requests_total{route="${route}",method="GET",status="${status}"}`;
  assert.equal(samples.get(of("/api/read/*", "2xx")), 2);
  assert.equal(samples.get(of("/api/read", "4xx")), 1);
  assert.equal(samples.get(of("none", "4xx")), 3);
  const count = 'caucus_http_request_duration_seconds_count{route="/api/read/*",method="GET"}';
  assert.equal(samples.get(count), 2);
  assert.doesNotMatch([...samples.keys()].join("\n"), /\/one|\/two/);
});
