/** Whole nodes in the simulator: same seed, same run; no seed breaks a property. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Counters } from "../src/counters.ts";
import { NODES_COUNTER_NAMES } from "../src/nodes/nodes-floors.ts";
import { simulateNodes } from "../src/nodes/simulate-nodes.ts";

const SEEDS = 16;
const STEPS = 4_000;

test("the same seed gives the same run of whole nodes, with and without a readable trace", async () => {
  for (const seed of [8, 11]) {
    const first = await simulateNodes({ seed, steps: 2_000 });
    assert.deepEqual(await simulateNodes({ seed, steps: 2_000 }), first);
    let lines = 0;
    const traced = await simulateNodes({ seed, steps: 2_000, print: () => lines++ });
    assert.deepEqual(traced, first);
    assert.ok(lines > 100, `${lines} lines of trace`);
  }
});

/** Each must have happened in these few seeds; how often in many, the floors say. */
const SEEN = [
  "cluster founded",
  "promise granted",
  "promise withdrawn",
  "node taken in",
  "voters grown",
  "stand-in for a label",
  "gossip-only partition",
  "rpc-only partition",
  "wiped disk",
  "machine lost for good",
  "operator obeyed",
  "removed by an operator",
  "write acknowledged",
] as const;

test(`${SEEDS} seeds of ${STEPS} steps of whole nodes break no property`, async () => {
  const counters = new Counters(NODES_COUNTER_NAMES);
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { counts, violation } = await simulateNodes({ seed, steps: STEPS });
    counters.addAll(counts);
    assert.equal(
      violation,
      undefined,
      `replay: npm run sim -- --nodes --seed ${seed} --steps ${STEPS}`,
    );
  }
  const unseen = SEEN.filter((name) => counters.counts[name] === 0);
  assert.deepEqual(unseen, [], "never happened");
});
