import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { NODE_SCHEMA } from "../src/node/node-schema.ts";
import { runCommand } from "./run-command.ts";

const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
const file = join(directory, "n.toml");
after(() => rmSync(directory, { recursive: true }));

interface Setting {
  readonly key: string;
  readonly value: unknown;
  readonly source: string;
  readonly from: string | null;
}

async function settingsOf(...argv: readonly string[]): Promise<ReadonlyMap<string, Setting>> {
  const environment = { CAUCUS_LOG: "warn", CAUCUS_CONF: file, CAUCUS_INTERVAL_MS: "300" };
  const ran = await runCommand(["config", "show", "--json", ...argv], { environment });
  assert.equal(ran.code, 0, ran.err);
  const { settings } = JSON.parse(ran.out) as { settings: readonly Setting[] };
  return new Map(settings.map((setting) => [setting.key, setting]));
}

describe("caucus config show", () => {
  it("prints every value with where it comes from, flags over environment over file over defaults", async () => {
    writeFileSync(
      file,
      'node_id = 7\ninterval_ms = 400\nlog_level = "debug"\nphi_threshold = 5.5\n\n[raft]\njoin = ["a:1", "b:2"]\n',
    );
    const settings = await settingsOf("--phi-threshold", "6", "--http_addr=127.0.0.1:9");
    assert.equal(settings.size, Object.keys(NODE_SCHEMA).length);
    const expected: readonly Setting[] = [
      { key: "conf", value: file, source: "environment", from: "CAUCUS_CONF" },
      { key: "id", value: 7, source: "file", from: `${file}:1 (node_id)` },
      { key: "interval_ms", value: 300, source: "environment", from: "CAUCUS_INTERVAL_MS" },
      { key: "log_level", value: "warn", source: "environment", from: "CAUCUS_LOG" },
      { key: "phi_threshold", value: 6, source: "flag", from: "--phi-threshold" },
      { key: "join", value: ["a:1", "b:2"], source: "file", from: `${file}:7 (raft.join)` },
      { key: "api_addr", value: "127.0.0.1:9", source: "flag", from: "--http_addr" },
      { key: "rpc_addr", value: "127.0.0.1:9", source: "derived", from: null },
      { key: "node_name", value: "node-7", source: "derived", from: null },
      { key: "storage", value: "rocksdb", source: "default", from: null },
      { key: "public_addr", value: null, source: "default", from: null },
    ];
    for (const setting of expected) assert.deepEqual(settings.get(setting.key), setting);
  });

  it("prints a table for people, and refuses what a node would refuse", async () => {
    writeFileSync(file, "node_id = 7\n");
    const { out } = await runCommand(["config", "show", "--conf", file]);
    assert.match(out, /^KEY +VALUE +FROM\n/);
    assert.match(out, new RegExp(`\nid +7 +${file}:1 \\(node_id\\)\n`));
    assert.match(out, /\njoin +\(none\) +default\n/);
    for (const [argv, reason] of [
      [["--single", "--join", "a:1"], /'single' mode cannot be used together with 'join'/],
      [["--heartbeat-ms", "599"], /--heartbeat-ms 599 is too long/],
      [["--conf", join(directory, "none")], /Failed to read config file/],
      [["--lsten", "a:1"], /unknown option --lsten; did you mean --listen\?/],
      [["more"], /unexpected argument "more"/],
    ] as const) {
      const ran = await runCommand(["config", "show", "--id", "1", ...argv]);
      assert.equal(ran.code, EXIT_CODES.usage.code);
      assert.match(ran.err, reason);
    }
    assert.match((await runCommand(["config"])).err, /needs a command: show, reference/);
    assert.match((await runCommand(["config", "shwo"])).err, /did you mean config show\?/);
  });
});

describe("caucus config reference", () => {
  it("is docs/operating/configuration.md, which npm run fix writes", async () => {
    const page = new URL("../../../../docs/operating/configuration.md", import.meta.url);
    assert.equal((await runCommand(["config", "reference"])).out, readFileSync(page, "utf8"));
  });
});
