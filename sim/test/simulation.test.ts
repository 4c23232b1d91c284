/** The simulator itself: same seed, same run; a hundred seeds without a violation. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { COUNTER_NAMES, Counters } from "../src/counters.ts";
import { belowFloor, RAFT_FLOORS } from "../src/floors.ts";
import { simulate } from "../src/simulation.ts";

const SEEDS = 100;
const STEPS = 10_000;

test("the same seed gives the same run, with and without a readable trace", () => {
  for (const seed of [3, 8, 21]) {
    const first = simulate({ seed, steps: 3000 });
    assert.deepEqual(simulate({ seed, steps: 3000 }), first);
    let lines = 0;
    const traced = simulate({ seed, steps: 3000, print: () => lines++ });
    assert.deepEqual(traced, first);
    assert.ok(lines > 100, `${lines} lines of trace`);
  }
});

test("different seeds give different runs", () => {
  const hashes = [1, 2, 3].map((seed) => simulate({ seed, steps: 500 }).traceHash);
  assert.equal(new Set(hashes).size, 3);
});

test(`S2-30, S4-32: ${SEEDS} seeds of ${STEPS} steps break no property and meet every kind of fault`, () => {
  const counters = new Counters(COUNTER_NAMES);
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = simulate({ seed, steps: STEPS });
    assert.equal(
      result.violation,
      undefined,
      `seed ${seed}; replay: npm run sim -- --raft --seed ${seed} --steps ${STEPS}`,
    );
    assert.ok(result.steps >= STEPS);
    counters.addAll(result.counts);
  }
  const low = belowFloor(RAFT_FLOORS, counters.counts, SEEDS);
  assert.deepEqual(low, [], "happened less often than their floor");
});
