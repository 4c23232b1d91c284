import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { STATUS_SCHEMA } from "../client/status-command.ts";
import { NODE_SCHEMA, type NodeFlags } from "../node/node-schema.ts";
import { REJOIN_SCHEMA } from "../node/rejoin-command.ts";
import { type ParseResult, type ParserOptions, parseOptions } from "./option-parser.ts";

function parse(argv: readonly string[], options: ParserOptions = {}): ParseResult<NodeFlags> {
  return parseOptions(NODE_SCHEMA, argv, options);
}

function valuesOf(argv: readonly string[], options?: ParserOptions): NodeFlags {
  const parsed = parse(["--id", "1", ...argv], options);
  assert.equal(parsed.kind, "values", parsed.kind === "error" ? parsed.message : parsed.kind);
  return parsed.kind === "values" ? parsed.values : assert.fail();
}

function messageOf(argv: readonly string[], options?: ParserOptions): string {
  const parsed = parse(["--id=1", ...argv], options);
  return parsed.kind === "error" ? parsed.message : assert.fail(`parsed as ${parsed.kind}`);
}

describe("parseOptions", () => {
  it("takes arguments by their place, and everything behind -- as one", () => {
    const positionals = [
      { name: "KEY", doc: "The key." },
      { name: "VALUE", doc: "The value.", optional: true },
    ];
    const placesOf = (...argv: readonly string[]): readonly string[] | string => {
      const parsed = parse(["--id", "1", ...argv], { positionals });
      if (parsed.kind === "error") return parsed.message;
      return parsed.kind === "values" ? parsed.positionals : assert.fail(parsed.kind);
    };
    assert.deepEqual(placesOf("a", "--bootstrap", "b"), ["a", "b"]);
    assert.deepEqual(placesOf("a"), ["a"]);
    assert.deepEqual(placesOf("-", "--", "--bootstrap"), ["-", "--bootstrap"]);
    assert.equal(placesOf(), "KEY is missing: The key.");
    assert.equal(placesOf("a", "b", "c"), 'unexpected argument "c"');
    assert.match(messageOf(["a"]), /unexpected argument "a"/);
  });

  it("takes dashes and underscores, a space and an equals sign, and aliases", () => {
    for (const argv of [
      ["--api-addr", "127.0.0.1:1"],
      ["--api_addr", "127.0.0.1:1"],
      ["--api-addr=127.0.0.1:1"],
      ["--http_addr=127.0.0.1:1"],
      ["--http-addr", "127.0.0.1:1"],
    ]) {
      assert.equal(valuesOf(argv).apiAddr, "127.0.0.1:1");
    }
    assert.equal(valuesOf(["--listen_addr", "[::1]:7"]).listen, "[::1]:7");
  });

  it("takes lists repeated, separated by commas, or both, each address one time", () => {
    const argv = ["--join", "a:1,b:2", "--join=c:3, a:1"];
    assert.deepEqual(valuesOf(argv).join, ["a:1", "b:2", "c:3"]);
    assert.deepEqual(valuesOf([]).join, []);
  });

  it("takes a flag alone and with true or false", () => {
    assert.equal(valuesOf(["--bootstrap"]).bootstrap, true);
    assert.equal(valuesOf(["--bootstrap=false"]).bootstrap, false);
    assert.equal(valuesOf([]).bootstrap, undefined, "as other options have it");
    assert.equal(valuesOf([]).forwardWrites, true);
    assert.match(messageOf(["--bootstrap=yes"]), /--bootstrap "yes" is not allowed.*true or false/);
  });

  it("gives every option that is not named its default", () => {
    const values = valuesOf([]);
    assert.equal(values.storage, "rocksdb");
    assert.equal(values.electionTimeoutMs, 600);
    assert.equal(values.listen, undefined);
    assert.equal(values.logLevel, "info");
  });

  it("takes the value of another source, and names that source when its value is bad", () => {
    const below = (text: string): ParserOptions => {
      const source = { kind: "environment", name: "CAUCUS_LOG" } as const;
      return { below: () => [new Map([["logLevel", { source, texts: [text] }]])] };
    };
    assert.equal(valuesOf([], below("debug")).logLevel, "debug");
    assert.equal(valuesOf(["--log-level", "warn"], below("debug")).logLevel, "warn");
    assert.match(messageOf([], below("loud")), /CAUCUS_LOG "loud" is not allowed/);
  });

  it("adds http to endpoints, and wants nothing behind the port", () => {
    const parsed = parseOptions(STATUS_SCHEMA, ["--endpoint", "127.0.0.1:1,https://x:2/"]);
    assert.ok(parsed.kind === "values");
    assert.deepEqual(parsed.values.endpoint, ["http://127.0.0.1:1", "https://x:2"]);
    for (const bad of ["http://x:1/path", "ftp://x", "http://", ""]) {
      assert.equal(parseOptions(STATUS_SCHEMA, [`--endpoint=${bad}`]).kind, "error", bad);
    }
  });

  it("S0-20: asks for the version, and for help, wherever it stands", () => {
    for (const flag of ["-V", "--version"])
      assert.equal(parse(["--id", "1", flag]).kind, "version");
    assert.equal(parse(["--id", "1", "--help"]).kind, "help");
    assert.equal(parse(["-h"]).kind, "help");
  });
});

const BAD: readonly (readonly [readonly string[], RegExp])[] = [
  [["--joni", "a:1"], /^unknown option --joni; did you mean --join\?$/],
  [
    ["--electoin_timeout_ms=5"],
    /^unknown option --electoin_timeout_ms; did you mean --election-timeout-ms\?$/,
  ],
  [["--zzzzzz"], /^unknown option --zzzzzz; see --help$/],
  [["--storage", "sqlite"], /^--storage "sqlite" is not allowed; allowed: one of rocksdb, memory$/],
  [["--listen", "10001"], /^--listen "10001" is not allowed; allowed: host:port, like/],
  [["--listen", "127.0.0.1:0"], /port from 1 to 65535/],
  [["--listen", "127.0.0.1:65536"], /port from 1 to 65535/],
  [["--listen", "::1:5"], /--listen "::1:5" is not allowed/],
  [["--join", "a:1,,b:2"], /--join "" is not allowed/],
  [
    ["--heartbeat-ms", "5"],
    /^--heartbeat-ms "5" is not allowed; allowed: a whole number from 10 to 30000 ms$/,
  ],
  [["--heartbeat-ms", "1e3"], /a whole number from 10/],
  [["--heartbeat-ms"], /^--heartbeat-ms needs a value$/],
  [["--heartbeat-ms", "--bootstrap"], /^--heartbeat-ms needs a value$/],
  [["--data-dir", ""], /--data-dir "" is not allowed; allowed: a path, absolute or relative/],
  [["--id", "2"], /^--id is given 2 times; once is allowed$/],
  [["extra"], /^unexpected argument "extra"$/],
  [["-x"], /^unexpected argument "-x"$/],
  [["--bootstrap-expect", "0"], /^--bootstrap-expect "0" is not allowed; .* from 1 to 64 nodes$/],
  [["--gossip_addr", "9080"], /^--gossip_addr "9080" is not allowed; allowed: host:port/],
  [["--listen_addr", "localhost"], /^--listen_addr "localhost" is not allowed; allowed: host:port/],
  [["--seed", "127.0.0.1"], /^--seed "127.0.0.1" is not allowed; allowed: host:port/],
  [["--seed-gossip-addrs", "a:1,b"], /^--seed-gossip-addrs "b" is not allowed; allowed: host:port/],
  [["--node_id", " "], /^--node_id " " is not allowed; allowed: text of 1 to 1024 bytes$/],
  [["--cluster-id="], /^--cluster-id "" is not allowed; allowed: text of 1 to 1024 bytes$/],
  [["--node_id", "é".repeat(513)], /^--node_id "é+.* allowed: text of 1 to 1024 bytes$/],
  [["--interval_ms", "0"], /^--interval_ms "0" is not allowed; .* from 10 to 60000 ms$/],
  [["--phi_threshold", "0"], /^--phi_threshold "0" is not allowed; .* number from 0.1 to 1000$/],
  [["--phi-threshold=NaN"], /number from 0.1 to 1000$/],
  [["--dead_node_grace_ms", "-1"], /^--dead_node_grace_ms "-1" is not allowed; allowed: a whole/],
  [["--marked_for_deletion_grace_ms", "1.5"], /^--marked_for_deletion_grace_ms "1.5" is not/],
  [["--service", "cache"], /^--service "cache" is not allowed; allowed: one of searcher, api_gate/],
  [["--shard", "one"], /^--shard "one" is not allowed; allowed: a whole number from 0$/],
  [["--demo=5"], /^--demo "5" is not allowed; allowed: true or false$/],
];

describe("bad options", () => {
  for (const [argv, message] of BAD) {
    it(`says what is wrong with ${argv.join(" ")}`, () => {
      assert.match(messageOf(argv), message);
    });
  }

  it("says what a required option is when it is missing, and what --id may be", () => {
    const missing = parseOptions(REJOIN_SCHEMA, []);
    const message = missing.kind === "error" ? missing.message : "";
    assert.match(message, /^--data-dir is required: The data directory/);
    for (const bad of ["0", "-1", "1.5", "one", "99999999999999999999"]) {
      const parsed = parse(["--id", bad]);
      assert.match(
        parsed.kind === "error" ? parsed.message : "",
        /^--id ".*" is not allowed; allowed: a whole number from 1$/,
      );
    }
  });
});
