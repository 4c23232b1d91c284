import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { KeyStatus, KeyValueUpdate, NodeDelta } from "./delta.ts";
import { heldBytes, NodeState } from "./node-state.ts";

const id = {
  nodeId: "n",
  generationId: 1n,
  gossipAdvertiseAddress: { host: "127.0.0.1", port: 1 },
};

const version = fc.bigInt({ min: 0n, max: 12n });
const status = fc.constantFrom<KeyStatus>("set", "delete", "delete-after-ttl");

const keyValues = fc
  .uniqueArray(fc.record({ key: fc.constantFrom("a", "b", "c", "d"), version, status }), {
    selector: (update) => update.version,
  })
  .map((updates): KeyValueUpdate[] =>
    updates
      .filter((update) => update.version > 0n)
      .sort((a, b) => Number(a.version - b.version))
      .map((update) => ({ ...update, value: `${update.key}${update.version}` })),
  );

const nodeDelta: fc.Arbitrary<NodeDelta> = fc
  .record({
    lastGcVersion: version,
    fromVersionExcluded: version,
    keyValues,
    end: fc.option(version),
  })
  .map(({ end, ...rest }) => ({
    ...rest,
    id,
    maxVersion: end ?? rest.keyValues.at(-1)?.version ?? 0n,
  }));

const step = fc.oneof(
  { weight: 4, arbitrary: nodeDelta.map((delta) => ({ kind: "apply" as const, delta })) },
  { weight: 1, arbitrary: fc.constant({ kind: "collect" as const }) },
);

function contentsOf(state: NodeState): unknown {
  const { maxVersion, lastGcVersion, heartbeat } = state;
  return { maxVersion, lastGcVersion, heartbeat, entries: [...state.entries()] };
}

test("G10: whatever is applied, (last collected, max) never goes back, and a refusal changes nothing", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.nat(600), (steps, roomBytes) => {
      const state = new NodeState(id);
      let nowMs = 0;
      for (const next of steps) {
        const before = contentsOf(state);
        const [gc, max] = [state.lastGcVersion, state.maxVersion];
        nowMs += 100;
        if (next.kind === "collect") {
          state.collect(nowMs, 250);
        } else {
          const takeBytes = (bytes: number): boolean => state.bytes + bytes <= roomBytes;
          const outcome = state.apply(next.delta, nowMs, takeBytes);
          if (outcome.kind === "ignored") assert.deepEqual(contentsOf(state), before);
        }
        const isForward =
          state.lastGcVersion > gc || (state.lastGcVersion === gc && state.maxVersion >= max);
        assert.ok(
          isForward,
          `(${gc}, ${max}) became (${state.lastGcVersion}, ${state.maxVersion})`,
        );
        assertConsistent(state);
        assert.ok(state.bytes <= Math.max(roomBytes, 0));
      }
    }),
    { numRuns: 2_000 },
  );
});

function assertConsistent(state: NodeState): void {
  let last = 0n;
  let bytes = 0;
  for (const [key, entry] of state.entries()) {
    assert.ok(entry.version > last && entry.version <= state.maxVersion, "versions ascend");
    last = entry.version;
    bytes += heldBytes(key, entry.value);
  }
  assert.equal(state.bytes, bytes);
}

test("marked keys are dropped exactly one grace period after they came", () => {
  const state = new NodeState(id);
  state.put("kept", { value: "1", version: 1n, status: "set", sinceMs: 0 });
  state.put("dead", { value: "", version: 2n, status: "delete", sinceMs: 0 });
  state.put("dying", { value: "3", version: 3n, status: "delete-after-ttl", sinceMs: 50 });
  assert.equal(state.collect(999, 1_000), false);
  assert.equal(state.collect(1_000, 1_000), true);
  assert.deepEqual([state.lastGcVersion, state.get("dying")], [2n, "3"]);
  assert.equal(state.collect(1_050, 1_000), true);
  assert.deepEqual([state.lastGcVersion, state.maxVersion], [3n, 3n]);
  assert.deepEqual(
    [...state.entries()].map(([key]) => key),
    ["kept"],
  );
});
