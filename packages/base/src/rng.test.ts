import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createSeededRng, nextInteger } from "./rng.ts";

function draws(seed: number, count: number): number[] {
  const rng = createSeededRng(seed);
  return Array.from({ length: count }, () => rng.next());
}

test("the same seed gives the same sequence", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => assert.deepEqual(draws(seed, 20), draws(seed, 20))),
  );
});

test("a seed keeps its sequence from version to version, so that old failures can be replayed", () => {
  assert.deepEqual(
    draws(7, 4).map((value) => value * 2 ** 32),
    [1004282400, 2200021487, 1928073449, 741806228],
  );
});

test("neighbouring seeds share nothing", () => {
  const first = new Set([0, 1, 2, 3, 4, 5, 6, 7].map((seed) => draws(seed, 1)[0]));
  assert.equal(first.size, 8);
});

test("draws lie in [0, 1) and fill it evenly", () => {
  const values = draws(42, 20_000);
  const buckets = new Array<number>(10).fill(0);
  for (const value of values) {
    assert.ok(value >= 0 && value < 1);
    const bucket = Math.floor(value * 10);
    buckets[bucket] = (buckets[bucket] as number) + 1;
  }
  // 2,000 are expected in each; 200 are more than four standard deviations.
  for (const count of buckets) assert.ok(Math.abs(count - 2_000) < 200, buckets.join(" "));
});

test("an integer lies in [0, bound), and each of them comes up", () => {
  const rng = createSeededRng(3);
  const seen = new Set(Array.from({ length: 200 }, () => nextInteger(rng, 6)));
  assert.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5]);
});
