import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { AnySchema } from "../command/option-schema.ts";
import { NODE_SCHEMA, type NodeFlags } from "../node/node-schema.ts";
import { CONFIG_FILE_BYTES_MAX, readConfigLayer, readConfigText } from "./config-file.ts";
import { mergeLayers } from "./given.ts";

const SCHEMA = NODE_SCHEMA as AnySchema;

function read(text: string): ReturnType<typeof mergeLayers<NodeFlags>> {
  const read = readConfigLayer(SCHEMA, "n.toml", text);
  return read.kind === "error" ? read : mergeLayers(NODE_SCHEMA, [read.layer]);
}

function valuesOf(text: string): NodeFlags {
  const result = read(text);
  assert.ok(result.kind === "settings", result.kind === "error" ? result.message : "");
  return result.values;
}

function messageOf(text: string): string {
  const result = read(text);
  assert.ok(result.kind === "error", "it was taken");
  return result.message;
}

const FLAT = `
node_id = 1
raft_addr = "127.0.0.1:7001"
http_addr = "127.0.0.1:8001"
single = false
join = ["127.0.0.1:7002", "127.0.0.1:7003"]
data_path = "/tmp/rockraft_cluster/node1"
max_open_files = 10000
`;

const SECTIONED = `
node_id = 1
http_addr = "127.0.0.1:8001"

[raft]
address = "127.0.0.1:7001"
advertise_host = "127.0.0.1"
join = ["127.0.0.1:7002", "127.0.0.1:7003"]
heartbeat_interval = 300
election_timeout_min = 1000
election_timeout_max = 2000

[rocksdb]
data_path = "/tmp/rockraft_cluster/node1"
max_open_files = 10000

[log]
file = "/tmp/rockraft_cluster/logs/node1.log"
level = "warn"
`;

describe("a configuration file", () => {
  it("S3-30, S3-31, S3-32: has the flat keys of the seed, and each of them counts", () => {
    const values = valuesOf(FLAT);
    assert.equal(values.id, 1);
    assert.equal(values.rpcAddr, "127.0.0.1:7001");
    assert.equal(values.apiAddr, "127.0.0.1:8001");
    assert.equal(values.bootstrap, false);
    assert.deepEqual(values.join, ["127.0.0.1:7002", "127.0.0.1:7003"]);
    assert.equal(values.dataDir, "/tmp/rockraft_cluster/node1");
    assert.equal(values.maxOpenFiles, 10_000);
  });

  it("S3-32: has the sections of later versions of the seed, with the same meaning", () => {
    const { logFile, logLevel, electionTimeoutMs, heartbeatMs, publicAddr, ...rest } =
      valuesOf(SECTIONED);
    assert.equal(logFile, "/tmp/rockraft_cluster/logs/node1.log");
    assert.equal(logLevel, "warn");
    assert.deepEqual([electionTimeoutMs, heartbeatMs], [1000, 300]);
    assert.equal(publicAddr, "127.0.0.1");
    const flat = valuesOf(FLAT);
    const { bootstrap, ...same } = rest;
    assert.equal(bootstrap, undefined, "single is not said");
    for (const [field, value] of Object.entries(same)) {
      assert.deepEqual(value, flat[field as keyof NodeFlags], field);
    }
    assert.equal(valuesOf('[raft]\naddr = "a:1"\nsingle = true').bootstrap, true);
  });

  it("S1-53: takes every option under its own name, inline tables, comments and a byte order mark", () => {
    const values = valuesOf(
      'forward_writes = false # as seed 3\ndialects = ["gossip-kv"]\nphi_threshold = 4.5\n' +
        'cors_origins = ["https://app.example"]\nraft = { addr = "a:1", join = [] }',
    );
    assert.equal(values.forwardWrites, false);
    assert.deepEqual(values.dialects, ["gossip-kv"]);
    assert.deepEqual(values.corsOrigins, ["https://app.example"]);
    assert.equal(values.phiThreshold, 4.5);
    assert.equal(values.rpcAddr, "a:1");
    assert.deepEqual(valuesOf("dialects = []").dialects, []);
    assert.equal(valuesOf("").id, undefined);
    assert.equal(valuesOf("# nothing\n\n[raft]\n").id, undefined);
  });
});

const BAD: readonly (readonly [string, RegExp])[] = [
  [
    "a = 1",
    /^Failed to parse config file 'n\.toml': line 1: unknown key a; caucus node --help lists/,
  ],
  ['\nraft_adr = "a:1"', /: line 2: unknown key raft_adr; did you mean raft_addr\?$/],
  ['[raft]\nadress = "a:1"', /: line 2: unknown key raft.adress; did you mean raft.address\?$/],
  [
    "[log]\nforward_writes = true",
    /line 2: unknown key log.forward_writes; forward_writes stands above/,
  ],
  ["[rokcsdb]", /line 1: unknown section \[rokcsdb\]; did you mean \[rocksdb\]\?$/],
  ["[[raft]]", /line 1: unknown section \[\[raft\]\]/],
  ["[zzzzz]", /line 1: unknown section \[zzzzz\]; known are raft, rocksdb, log$/],
  ['conf = "other.toml"', /line 1: unknown key conf/],
  ["demo = true", /line 1: unknown key demo/],
  [
    'max_open_files = "10000"',
    /: line 1: key max_open_files is "10000"; allowed: an integer, a whole/,
  ],
  [
    "max_open_files = 0",
    /: line 1: max_open_files "0" is not allowed; allowed: a whole number from 1/,
  ],
  ["max_open_files = 1.5", /: line 1: key max_open_files is 1.5; allowed: an integer/],
  [
    'join = "127.0.0.1:7001"',
    /key join is "127.0.0.1:7001"; allowed: a list of strings, host:port/,
  ],
  ["join = [7001]", /key join is \[7001\]; allowed: a list of strings/],
  ['join = ["here"]', /line 1: join "here" is not allowed; allowed: host:port/],
  ['single = "no"', /key single is "no"; allowed: a boolean, true or false$/],
  ['node_id = "one"', /key node_id is "one"; allowed: an integer, a whole number from 1$/],
  ["node_id = 99999999999999999999", /node_id "99999999999999999999" is not allowed/],
  ["raft_addr = 7001", /key raft_addr is 7001; allowed: a string, host:port/],
  ["http_addr = { host = 1 }", /line 1: unknown key http_addr.host/],
  ["data_path = 1979-05-27", /key data_path is \(a date or time\); allowed: a string, a path/],
  [
    'data_path = "~/x"',
    /data_path "~\/x" is not allowed; allowed: a path.*~ is left to the shell$/,
  ],
  [
    'dialects = ["gossip"]',
    /dialects "gossip" is not allowed; allowed: none, or some of gossip-kv/,
  ],
  [
    'cors_origins = ["app.example"]',
    /cors_origins "app.example" is not allowed; allowed: origins like/,
  ],
  [
    'raft_addr = "a:1"\n\n[raft]\naddr = "a:1"',
    /line 4: key raft.addr says the same as raft_addr on line 1; allowed: one of them$/,
  ],
  ["node_id = 1\nid = 1", /line 2: key id says the same as node_id on line 1/],
  [
    "[raft]\ngrpc_max_message_size = 5",
    /line 2: key raft.grpc_max_message_size is refused: entries are/,
  ],
  [
    "[raft]\nelection_timeout_max = 3000\nelection_timeout_min = 1000",
    /line 2: key raft.election_timeout_max is 3000; allowed: 2000, since elections are spread/,
  ],
];

const HOSTILE: readonly string[] = [
  ...["__proto__ = 1", "constructor = 1", "hasOwnProperty = 1", "toString.x = 1", "[__proto__]"],
  '"a\\nb\\u001b[31m" = 1',
  `${"a".repeat(65_000)} = 1`,
  `${"a.".repeat(30_000)}b = 1`,
  `a = ${"[".repeat(65_000)}`,
  `a = ${"{a=".repeat(20_000)}`,
  `data_path = "${"x".repeat(65_000)}`,
  `node_id = ${"9".repeat(65_000)}`,
  `join = "${"x".repeat(65_000)}"`,
  "[t]\n".repeat(16_000),
];

const BROKEN: readonly (readonly [string, RegExp])[] = [
  [
    'node_id = 1\nraft_addr = "127',
    /^Failed to parse config file 'n\.toml': line 2, column 17, key raft_addr: unterminated string/,
  ],
  ["node_id = 1\nsingle = yes", /line 2, column 10, key single: unexpected character$/],
  [
    "node_id = 1\nraft_addr = 127.0.0.1:7001",
    /line 2, column 18, key raft_addr: must be a newline$/,
  ],
  [
    "node_id = 1\nnode_id = 2",
    /line 2, column 1, key node_id: defining a key multiple times is invalid$/,
  ],
  ["node_id =\njoin = []", /line 1, column 10, key node_id: /],
  ['join = [\n "a:1",\n "b:2"\nsingle = true', /line 3, column 7, key join: /],
  ["node_id = 1\nsingle\njoin = []", /line 2, column 7, key single: the key, equals sign/],
  ["node_id = 1\n!join = []", /line 2, column 1: unexpected character$/],
  ['x = 1\n[raft\naddr = "a:1"', /line 2, column 6: the key, equals sign/],
  ["\u0000", /line 1, column 1: unexpected character$/],
];

describe("a configuration file in which something was changed at random", () => {
  it("is taken, or refused in one line that names it", () => {
    const character = fc.oneof(
      fc.constantFrom(..."\"'[]{}=.,#\\\n\r\t -_09azT:"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    );
    const change = fc.record({
      at: fc.nat(FLAT.length),
      length: fc.nat(6),
      text: fc.array(character, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(FLAT, SECTIONED),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        (start, changes) => {
          let text = start;
          for (const { at, length, text: put } of changes) {
            text = text.slice(0, at) + put.join("") + text.slice(at + length);
          }
          const result = read(text);
          if (result.kind === "settings") return;
          assert.match(
            result.message,
            /^Failed to parse config file 'n\.toml': line \d+[^\p{Cc}]+$/u,
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("a bad configuration file", () => {
  for (const [text, message] of BAD) {
    it(`says line, key, value and what is allowed for ${JSON.stringify(text)}`, () => {
      assert.match(messageOf(text), message);
      assert.doesNotMatch(messageOf(text), /\n/);
    });
  }

  for (const [text, message] of BROKEN) {
    it(`says line, column and key where it is no TOML: ${JSON.stringify(text)}`, () => {
      assert.match(messageOf(text), message);
    });
  }

  for (const text of HOSTILE) {
    it(`is refused in one short line, and soon: ${text.slice(0, 20)}… (${text.length})`, () => {
      const startedMs = performance.now();
      const message = messageOf(text);
      assert.match(message, /^Failed to parse config file 'n\.toml': line \d+/);
      assert.doesNotMatch(message, /\p{Cc}/u);
      assert.ok(message.length < 500, `${message.length} characters`);
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs < 5_000, `${tookMs} ms`);
    });
  }

  it("is taken as long as it is not too long", () => {
    assert.equal(valuesOf(`data_path = "${"x".repeat(65_000)}"`).dataDir?.length, 65_000);
  });

  it("S3-16: says why it can't be read", () => {
    const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
    const reasonOf = (path: string): string => {
      const result = readConfigText(path);
      assert.ok(result.kind === "error");
      assert.ok(result.message.startsWith(`Failed to read config file '${path}': `));
      return result.message.slice(result.message.indexOf("': ") + 3);
    };
    try {
      assert.equal(reasonOf(join(directory, "missing")), "it does not exist");
      assert.equal(reasonOf(directory), "it is a directory");
      assert.equal(reasonOf("/dev/null"), "it is not a regular file");
      const file = join(directory, "n.toml");
      writeFileSync(file, Buffer.alloc(CONFIG_FILE_BYTES_MAX + 1));
      assert.equal(reasonOf(file), "it has 65537 bytes; allowed are 65536");
      writeFileSync(file, Buffer.from([0x61, 0xff]));
      assert.equal(reasonOf(file), "it is not UTF-8 text");
      assert.equal(reasonOf(join(file, "below")), "it does not exist");
      writeFileSync(file, "");
      assert.deepEqual(readConfigText(file), { kind: "text", text: "" });
      writeFileSync(file, "\ufeffid = 1");
      assert.deepEqual(readConfigText(file), { kind: "text", text: "id = 1" });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
