import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Advertisement,
  advertisedKeys,
  isReservedKey,
  readAdvertisement,
  SERVICE_KEY,
} from "./advertisement.ts";
import { makeNodeName } from "./node-name.ts";
import { checkServiceInfo, readService, SERVICE_KINDS, serviceObject } from "./service-info.ts";

const ADVERTISED: Advertisement = {
  apiAddress: "127.0.0.1:10001",
  version: "1.2.3-rc.1",
  service: { type: "searcher", host: "[::1]:8080", shard: 4 },
  raft: {
    label: 7,
    key: "0123456789abcdef".repeat(2),
    rpcAddress: "db1.example:10001",
    cluster: "c".repeat(32),
  },
};

const NOTHING = {
  service: undefined,
  apiAddress: undefined,
  version: undefined,
  label: undefined,
  key: undefined,
  rpcAddress: undefined,
  cluster: undefined,
};

describe("what a node tells of itself", () => {
  it("N24: is read by others as it was told, with and without Raft", () => {
    const { raft, ...agent } = ADVERTISED;
    const keys = advertisedKeys(ADVERTISED);
    assert.deepEqual(
      readAdvertisement((key) => keys[key]),
      { ...agent, ...raft },
    );
    const fewer = advertisedKeys({ ...agent, raft: undefined });
    assert.deepEqual(
      readAdvertisement((key) => fewer[key]),
      { ...NOTHING, ...agent },
    );
  });

  it("N26: stands under keys that users can't write", () => {
    for (const key of Object.keys(advertisedKeys(ADVERTISED))) assert.ok(isReservedKey(key), key);
    assert.ok(!isReservedKey("services") && !isReservedKey("caucus_key"));
  });

  it("N24: is left out where it is not what it should be", () => {
    for (const bad of [
      "",
      " ",
      "x",
      "1e9",
      "0",
      "-1",
      "{",
      "null",
      "[]",
      "\u0000",
      "9".repeat(400),
    ]) {
      const { version, ...others } = readAdvertisement(() => bad);
      assert.deepEqual({ ...others, version: undefined }, { ...NOTHING }, JSON.stringify(bad));
      assert.ok(version === undefined || /^[\w.+-]+$/.test(version));
    }
    assert.deepEqual(
      readAdvertisement(() => undefined),
      NOTHING,
    );
  });
});

describe("a service", () => {
  it("N24, S1-04, S1-33: has the key and JSON of seed 1 in gossip, and is read from it", () => {
    assert.equal(SERVICE_KEY, "service");
    const searcher = checkServiceInfo("searcher", "10.0.0.1:80", 1);
    const text = '{"Searcher":{"host":"10.0.0.1:80","shard":1}}';
    assert.equal(JSON.stringify(serviceObject(searcher)), text);
    for (const { sharded, type } of SERVICE_KINDS) {
      const service = checkServiceInfo(type, "a:1", sharded ? 3 : 0);
      assert.deepEqual(readService(JSON.stringify(serviceObject(service))), service);
    }
  });

  it("N24: of others is not believed when it is none", () => {
    for (const bad of [
      '{"Cache":{"host":"a:1"}}',
      '{"Searcher":null}',
      '{"Searcher":{"host":"a"}}',
      '{"Searcher":{"host":"a:1","shard":-1}}',
      '{"Searcher":{"host":"a:1","shard":"1"}}',
      '{"Searcher":{"host":"a:1"},"Storage":{"host":"a:1"}}',
      '"Searcher"',
      "5",
      `{"Searcher":{"host":"${"a".repeat(2_000)}:1"}}`,
    ]) {
      assert.equal(readService(bad), undefined, bad);
    }
  });
});

it("S0-23: a node without a name gets a readable one of its own", () => {
  const name = makeNodeName("127.0.0.1:10001");
  assert.match(name, /^server:127\.0\.0\.1:10001-[a-z]+-[a-z]+-[0-9a-f]{4}$/);
  assert.notEqual(name, makeNodeName("127.0.0.1:10001"));
});
