/** Whole nodes in the simulator: same seed, same run; no seed breaks a property. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulateNodes } from "../src/nodes/simulate-nodes.ts";

const SEEDS = 25;
const STEPS = 5_000;

test("the same seed gives the same run of whole nodes, with and without a readable trace", async () => {
  for (const seed of [3, 8]) {
    const first = await simulateNodes({ seed, steps: 2_000 });
    assert.deepEqual(await simulateNodes({ seed, steps: 2_000 }), first);
    let lines = 0;
    const traced = await simulateNodes({ seed, steps: 2_000, print: () => lines++ });
    assert.deepEqual(traced, first);
    assert.ok(lines > 100, `${lines} lines of trace`);
  }
});

test(`${SEEDS} seeds of ${STEPS} steps of whole nodes break no property`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = await simulateNodes({ seed, steps: STEPS });
    assert.equal(violation, undefined, `seed ${seed}`);
  }
});

// What the simulator has found once, under the seeds that found it.
for (const [seed, steps, what] of [
  [90, 10_000, "a node invited while it looks around begins Raft once"],
  [146, 10_000, "a node whose promise to an operator came too late is not left alone with it"],
  [203, 10_000, "a learner that knows of nothing is not made the only voter"],
] as const) {
  test(`seed ${seed}: ${what}`, async () => {
    const { violation } = await simulateNodes({ seed, steps });
    assert.equal(violation, undefined);
  });
}
