/** The simulator of gossip: same seed, same run; some seeds without a violation. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulateGossip } from "../src/gossip/gossip-simulation.ts";

const SEEDS = 12;
const STEPS = 2000;

test("the same seed of gossip gives the same run, with and without a readable trace", async () => {
  for (const seed of [4, 5]) {
    const first = await simulateGossip({ seed, steps: 2000 });
    assert.deepEqual(await simulateGossip({ seed, steps: 2000 }), first);
    let lines = 0;
    const traced = await simulateGossip({ seed, steps: 2000, print: () => lines++ });
    assert.deepEqual(traced, first);
    assert.ok(lines > 1000, `${lines} lines of trace`);
  }
});

test("different seeds of gossip give different runs", async () => {
  const hashes = new Set<string>();
  for (const seed of [1, 2, 3]) {
    hashes.add((await simulateGossip({ seed, steps: 500 })).traceHash);
  }
  assert.equal(hashes.size, 3);
});

test(`${SEEDS} seeds of gossip of ${STEPS} steps break no property and come to rest`, async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation, restMs, restMsMax } = await simulateGossip({ seed, steps: STEPS });
    const replay = `npm run sim -- --gossip --seed ${seed} --steps ${STEPS}`;
    assert.equal(violation, undefined, `seed ${seed}; replay: ${replay}`);
    assert.ok(restMs <= restMsMax);
  }
});
