import type { CounterName } from "./counters.ts";

/**
 * What a hundred seeds of 10,000 steps must show at least: about a third of what a thousand did
 * show, so that a change that makes a fault rare is noticed and chance alone is not.
 */
const FLOORS_PER_HUNDRED_SEEDS: Readonly<Record<CounterName, number>> = {
  "message lost": 8200,
  "message delayed": 3500,
  "message duplicated": 1800,
  "message reordered": 11000,
  "one-way partition": 170,
  "two-way partition": 280,
  "flaky link": 96,
  crash: 670,
  "torn record": 48,
  "unsynced records lost": 110,
  "synced suffix lost": 10,
  "start refused by fence": 10,
  "wiped disk": 93,
  "failed fsync": 4,
  "slow disk": 170,
  "clock drift": 170,
  stall: 140,
  "graceful stop": 40,
  "leader elected": 290,
  "leadership transfer": 29,
  "snapshot install": 81,
  "snapshot broken off": 37,
  "snapshot chunk corrupted": 17,
  compaction: 1000,
  "membership change": 91,
  "joint change": 80,
  "learner added": 28,
  promotion: 18,
  demotion: 22,
  "leader removed": 15,
  replacement: 9,
  "write acknowledged": 1800,
  "write unknown": 250,
  "write retried in session": 1000,
  "linearizable read": 2100,
  "local read": 470,
};

/** Fewer seeds are too few for a promise. */
const SEEDS_MIN = 50;

/** How often it must have happened in so many seeds. */
export function floorOf(name: CounterName, seeds: number): number {
  if (seeds < SEEDS_MIN) return 0;
  return Math.floor((FLOORS_PER_HUNDRED_SEEDS[name] * seeds) / 100);
}
