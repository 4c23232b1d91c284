/** Whole nodes in the simulator: same seed, same run; no seed breaks a property. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulateNodes } from "../src/nodes/simulate-nodes.ts";

const SEEDS = 20;
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
    assert.equal(
      violation,
      undefined,
      `replay: npm run sim -- --nodes --seed ${seed} --steps ${STEPS}`,
    );
  }
});
