import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { STATUS_SCHEMA } from "../client/status-command.ts";
import type { AnySchema } from "../command/option-schema.ts";
import { NODE_SCHEMA, type NodeFlags } from "../node/node-schema.ts";
import { mergeLayers, type SettingsResult } from "./given.ts";
import {
  type Environment,
  readEnvironment,
  refuseUnknownVariables,
  withoutOwnVariables,
} from "./read-environment.ts";
import { levelOfRustLog } from "./rust-log.ts";

function read(environment: Environment): SettingsResult<NodeFlags> {
  const result = readEnvironment(NODE_SCHEMA as AnySchema, environment);
  return result.kind === "error" ? result : mergeLayers(NODE_SCHEMA, [result.layer]);
}

function valuesOf(environment: Environment): NodeFlags {
  const result = read(environment);
  assert.ok(result.kind === "settings", result.kind === "error" ? result.message : "");
  return result.values;
}

function messageOf(environment: Environment): string {
  const result = read(environment);
  assert.ok(result.kind === "error", "it was taken");
  return result.message;
}

function unknownIn(environment: Environment): string | undefined {
  const schemas = [NODE_SCHEMA as AnySchema, STATUS_SCHEMA as AnySchema];
  return refuseUnknownVariables(schemas, environment)?.message;
}

describe("the environment", () => {
  it("S1-28: says every option under its name and its aliases; empty is not set", () => {
    const values = valuesOf({
      CAUCUS_ID: "3",
      CAUCUS_HTTP_ADDR: "127.0.0.1:1",
      CAUCUS_JOIN: "a:1,b:2",
      CAUCUS_BOOTSTRAP: "false",
      CAUCUS_DIALECTS: "none",
      CAUCUS_DATA_DIR: "",
    });
    assert.equal(values.id, 3);
    assert.equal(values.apiAddr, "127.0.0.1:1");
    assert.deepEqual(values.join, ["a:1", "b:2"]);
    assert.deepEqual(values.dialects, []);
    assert.equal(values.dataDir, undefined);
  });

  it("names the variable, its value and what is allowed", () => {
    assert.match(
      messageOf({ CAUCUS_ID: "one" }),
      /^CAUCUS_ID "one" is not allowed; .*number from 1$/,
    );
    assert.match(
      messageOf({ CAUCUS_LISTEN: "9" }),
      /^CAUCUS_LISTEN "9" is not allowed; .*host:port/,
    );
    assert.match(messageOf({ CAUCUS_SINGLE: "yes" }), /^CAUCUS_SINGLE "yes" .* true or false$/);
    assert.equal(
      messageOf({ CAUCUS_API_ADDR: "a:1", CAUCUS_HTTP_ADDR: "a:1" }),
      "CAUCUS_API_ADDR and CAUCUS_HTTP_ADDR say the same; allowed: one of them",
    );
    assert.match(messageOf({ CAUCUS_LOG: "info", CAUCUS_LOG_LEVEL: "info" }), /say the same/);
  });

  it("refuses what no command knows, and suggests the nearest", () => {
    assert.equal(
      unknownIn({ CAUCUS_DATADIR: "x" }),
      "unknown environment variable CAUCUS_DATADIR; did you mean CAUCUS_DATA_DIR?",
    );
    assert.match(unknownIn({ CAUCUS_ZZZZZZ: "x" }) ?? "", /CAUCUS_ZZZZZZ; see caucus help$/);
    assert.match(
      unknownIn({ CAUCUS_NODE_ID: "1" }) ?? "",
      /refused: .*CAUCUS_ID for the label, CAUCUS_NODE_NAME/,
    );
    assert.match(unknownIn({ CAUCUS_EXIT_WITH_PARENT: "true" }) ?? "", /unknown environment/);
    // Of another command, of the system, and empty.
    assert.equal(
      unknownIn({ CAUCUS_ENDPOINT: "a:1", PATH: "/bin", CAUCUS_NOTHING: "" }),
      undefined,
    );
  });

  it("is handed to a child without what is ours", () => {
    assert.deepEqual(withoutOwnVariables({ CAUCUS_ID: "1", CAUCUS_X: "", PATH: "/bin" }), {
      PATH: "/bin",
    });
  });

  it("leaves alone what Kubernetes sets for a service that is named caucus", () => {
    for (const name of [
      ...["CAUCUS_SERVICE_HOST", "CAUCUS_SERVICE_PORT", "CAUCUS_SERVICE_PORT_HTTP", "CAUCUS_PORT"],
      ...["CAUCUS_PORT_7001_TCP", "CAUCUS_PORT_7001_TCP_ADDR", "CAUCUS_HEADLESS_SERVICE_HOST"],
    ]) {
      assert.equal(unknownIn({ [name]: "tcp://10.0.0.1:7001" }), undefined, name);
    }
  });
});

describe("RUST_LOG", () => {
  it("S0-26, S1-29: takes the level for everything from RUST_LOG, and never dies of the rest", () => {
    for (const [filter, level] of [
      ["debug", "debug"],
      ["info,foo=debug", "info"],
      ["hyper=warn, DEBUG ,tower::x=off", "debug"],
      ["info,warn", "warn"],
      ["trace", "debug"],
      ["off", "silent"],
      ["foo=debug", undefined],
      ["foo", undefined],
      ["", undefined],
      ["=,,[span{field}]=/re", undefined],
    ] as const) {
      assert.equal(levelOfRustLog(filter), level, filter);
    }
    assert.equal(valuesOf({ RUST_LOG: "debug", CAUCUS_LOG: "warn" }).logLevel, "warn");
    assert.equal(valuesOf({ RUST_LOG: "foo=debug" }).logLevel, "info");
    assert.match(messageOf({ CAUCUS_LOG: "info,foo=debug" }), /CAUCUS_LOG .* is not allowed/);
  });
});
