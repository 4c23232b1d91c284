import type { CounterName } from "./counters.ts";

/** What a hundred seeds of 10,000 steps must show at least, about a third of what they do show. */
const FLOORS_PER_HUNDRED_SEEDS: Readonly<Record<CounterName, number>> = {} as Record<
  CounterName,
  number
>;

/** Fewer seeds are too few for a promise. */
const SEEDS_MIN = 50;

/** How often it must have happened in so many seeds. */
export function floorOf(name: CounterName, seeds: number): number {
  if (seeds < SEEDS_MIN) return 0;
  return Math.floor(((FLOORS_PER_HUNDRED_SEEDS[name] ?? 0) * seeds) / 100);
}
