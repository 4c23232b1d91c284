import assert from "node:assert/strict";
import { test } from "node:test";
import { COUNTER_NAMES, Counters } from "./counters.ts";
import { Dice } from "./dice.ts";
import { Network, type NetworkOptions } from "./network.ts";
import { Scheduler } from "./scheduler.ts";

const QUIET: NetworkOptions = {
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  longDelayRate: 0,
  delayMsMin: 1,
  delayMsMax: 9,
  ordered: true,
};

/** Sends 1 to 200 from machine 1 to machine 2 and answers what arrives. */
function deliveries(
  options: Partial<NetworkOptions>,
  prepare?: (network: Network) => void,
): number[] {
  const scheduler = new Scheduler();
  const counters = new Counters(COUNTER_NAMES);
  const dice = new Dice(1, "network");
  const network = new Network(2, { ...QUIET, ...options }, { scheduler, dice, counters });
  prepare?.(network);
  const arrived: number[] = [];
  for (let number = 1; number <= 200; number++) {
    network.send(1, 2, () => arrived.push(number));
  }
  while (scheduler.step());
  return arrived;
}

const ALL = Array.from({ length: 200 }, (_, at) => at + 1);

test("a quiet, ordered link delivers everything in order", () => {
  assert.deepEqual(deliveries({}), ALL);
});

test("loss loses, duplication doubles, disorder reorders", () => {
  const lossy = deliveries({ lossRate: 0.5 });
  assert.ok(lossy.length > 50 && lossy.length < 150);
  assert.ok(deliveries({ duplicateRate: 0.5 }).length > 250);
  const disordered = deliveries({ ordered: false });
  assert.notDeepEqual(disordered, ALL);
  assert.deepEqual(
    disordered.sort((a, b) => a - b),
    ALL,
  );
});

test("a block is one-way, adds up with others, and ends", () => {
  assert.deepEqual(
    deliveries({}, (network) => network.block(1, 2)),
    [],
  );
  assert.deepEqual(
    deliveries({}, (network) => network.block(2, 1)),
    ALL,
  );
  const twice = (network: Network): void => {
    const end = network.block(1, 2);
    network.block(1, 2);
    end();
  };
  assert.deepEqual(deliveries({}, twice), []);
  assert.deepEqual(
    deliveries({}, (network) => network.block(1, 2)()),
    ALL,
  );
});

test("calm ends partitions and losses", () => {
  const calm = (network: Network): void => {
    network.block(1, 2);
    network.calm();
  };
  assert.deepEqual(deliveries({ lossRate: 0.5, duplicateRate: 0.5 }, calm), ALL);
});
