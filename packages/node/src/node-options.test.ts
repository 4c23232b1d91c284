import assert from "node:assert/strict";
import { it } from "node:test";
import { NODE_DEFAULTS, type NodeOptions, resolveNodeConfig } from "./node-options.ts";

const GOOD: NodeOptions = {
  label: 1,
  rpcAddress: "127.0.0.1:1",
  apiAddress: "127.0.0.1:1",
  storage: "memory",
};

it("what is not given has its default", () => {
  const config = resolveNodeConfig(GOOD);
  for (const [field, value] of Object.entries(NODE_DEFAULTS)) {
    assert.deepEqual(config[field as keyof typeof NODE_DEFAULTS], value, field);
  }
  assert.deepEqual(
    [config.gossipLookMs, config.settleMs, config.deadVoterAfterMs],
    [3_000, 10_000, 300_000],
  );
});

for (const [options, says] of [
  [{ label: 0 }, /label is 0, allowed are whole numbers from 1/],
  [{ bootstrapExpect: 0 }, /bootstrapExpect is 0, allowed are whole numbers from 1 to 64/],
  [{ bootstrapExpect: 65 }, /bootstrapExpect is 65/],
  [{ bootstrapExpect: 2.5 }, /bootstrapExpect is 2.5/],
  [{ bootstrapExpect: 3, bootstrap: true }, /allowed is one of them/],
  [{ gossipLookMs: -1 }, /gossipLookMs is -1, allowed are whole numbers from 0/],
  [{ settleMs: Number.NaN }, /settleMs is NaN/],
  [{ deadVoterAfterMs: 0 }, /deadVoterAfterMs is 0, allowed are whole numbers from 1/],
  [{ replaceAfterMs: 0 }, /replaceAfterMs is 0, allowed are whole numbers from 1/],
  [{ rpcAddress: "127.0.0.1:0" }, /rpcAddress is 127.0.0.1:0, allowed is host:port/],
  [{ storage: "rocksdb" }, /dataDirectory is missing/],
] as const) {
  it(`refuses ${JSON.stringify(options)} and says why`, () => {
    assert.throws(() => resolveNodeConfig({ ...GOOD, ...options }), {
      code: "invalid_argument",
      message: says,
    });
  });
}
