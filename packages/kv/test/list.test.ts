import assert from "node:assert/strict";
import { test } from "node:test";
import { applyEnvelope } from "../src/core/apply.ts";
import { PendingState } from "../src/core/pending-state.ts";
import { type ListQuery, listRecords } from "../src/core/query.ts";
import { encodeEnvelope } from "../src/wire/command-codec.ts";
import { MapStateStore } from "./map-state-store.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function stateOf(keys: readonly string[], value: Uint8Array): PendingState {
  const state = new PendingState(new MapStateStore());
  for (const key of keys) {
    const command = { kind: "put", key: bytes(key), value } as const;
    applyEnvelope(state, encodeEnvelope({ command, session: undefined, leaderTimeMs: 1 }));
  }
  return state;
}

test("a list goes on behind a key that need not exist, and stays below its prefix", () => {
  const state = stateOf(["a", "b1", "b2", "b3", "c"], bytes("v"));
  const keysOf = (query: Omit<ListQuery, "prefix">): readonly [string, boolean] => {
    const { entries, more } = listRecords(state, { prefix: bytes("b"), ...query });
    return [entries.map(({ key }) => new TextDecoder().decode(key)).join(), more];
  };
  assert.deepEqual(keysOf({ limit: 9 }), ["b1,b2,b3", false]);
  assert.deepEqual(keysOf({ limit: 3 }), ["b1,b2,b3", false]);
  assert.deepEqual(keysOf({ limit: 2 }), ["b1,b2", true]);
  assert.deepEqual(keysOf({ limit: 2, after: bytes("b2") }), ["b3", false]);
  assert.deepEqual(keysOf({ limit: 2, after: bytes("b10") }), ["b2,b3", false]);
  assert.deepEqual(keysOf({ limit: 2, after: bytes("a") }), ["b1,b2", true]);
  assert.deepEqual(keysOf({ limit: 2, after: bytes("c") }), ["", false]);
});

test("a page of a list ends before 4 MiB", () => {
  const keys = Array.from({ length: 9 }, (_, index) => `key-${index}`);
  const prefix = bytes("");
  const state = stateOf(keys, new Uint8Array(1_024 * 1_024));
  const first = listRecords(state, { prefix, limit: 1_000 });
  assert.deepEqual([first.entries.length, first.more], [3, true]);
  const after = first.entries.at(-1)?.key;
  assert.equal(listRecords(state, { prefix, after, limit: 2 }).entries.length, 2);
});

test("a list leaves the prefix that it is given as it is, also when that is a Buffer", () => {
  const state = stateOf(["b1", "b2", "c"], bytes("v"));
  const prefix = Buffer.from("b");
  assert.equal(listRecords(state, { prefix, limit: 9 }).entries.length, 2);
  assert.equal(prefix.toString(), "b");
});
