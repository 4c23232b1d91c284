import assert from "node:assert/strict";
import { test } from "node:test";
import { Counters } from "../src/counters.ts";
import { belowFloor } from "../src/floors.ts";
import { GOSSIP_FLOORS } from "../src/gossip/gossip-floors.ts";
import { simulateGossip } from "../src/gossip/gossip-simulation.ts";

const SEEDS = 100;
const STEPS = 10_000;

test(`${SEEDS} seeds of gossip break no property and meet every kind of fault`, async () => {
  const counters = new Counters(Object.keys(GOSSIP_FLOORS));
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation, counts } = await simulateGossip({ seed, steps: STEPS });
    assert.equal(violation, undefined, `replay: npm run sim -- --gossip --seed ${seed}`);
    counters.addAll(counts);
  }
  const low = belowFloor(GOSSIP_FLOORS, counters.counts, SEEDS);
  assert.deepEqual(low, [], "happened less often than their floor");
});
