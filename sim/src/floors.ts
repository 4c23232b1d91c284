import type { CounterName } from "./counters.ts";

/**
 * What a hundred seeds of 10,000 steps must show at least: about a third of what a thousand did
 * show, so that a change that makes a fault rare is noticed and chance alone is not.
 */
export const RAFT_FLOORS: Readonly<Record<CounterName, number>> = {
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

/** How often it must have happened in `seeds` seeds that promise `perHundred` in a hundred. */
export function floorOf(perHundred: number, seeds: number): number {
  if (seeds < SEEDS_MIN) return 0;
  return Math.floor((perHundred * seeds) / 100);
}

/** Those of `floors` that `counts` does not reach. */
export function belowFloor(
  floors: Readonly<Record<string, number>>,
  counts: Readonly<Record<string, number>>,
  seeds: number,
): string[] {
  return Object.entries(floors)
    .filter(([name, perHundred]) => (counts[name] ?? 0) < floorOf(perHundred, seeds))
    .map(([name]) => name);
}
