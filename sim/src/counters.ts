/** Everything that a run counts. A run that never met a fault proves nothing about it. */
export const COUNTER_NAMES = [
  "message lost",
  "message delayed",
  "message duplicated",
  "message reordered",
  "one-way partition",
  "two-way partition",
  "flaky link",
  "crash",
  "torn record",
  "unsynced records lost",
  "synced suffix lost",
  "start refused by fence",
  "wiped disk",
  "failed fsync",
  "slow disk",
  "clock drift",
  "stall",
  "graceful stop",
  "leader elected",
  "leadership transfer",
  "snapshot install",
  "snapshot broken off",
  "snapshot chunk corrupted",
  "compaction",
  "membership change",
  "joint change",
  "learner added",
  "promotion",
  "demotion",
  "leader removed",
  "replacement",
  "write acknowledged",
  "write unknown",
  "write retried in session",
  "linearizable read",
  "local read",
] as const;

export type CounterName = (typeof COUNTER_NAMES)[number];

export type Counts = Readonly<Record<CounterName, number>>;

/** How often each thing happened. */
export class Counters {
  readonly #counts: Record<CounterName, number>;

  constructor() {
    const counts: Partial<Record<CounterName, number>> = {};
    for (const name of COUNTER_NAMES) counts[name] = 0;
    this.#counts = counts as Record<CounterName, number>;
  }

  add(name: CounterName, count = 1): void {
    this.#counts[name] += count;
  }

  addAll(counts: Counts): void {
    for (const name of COUNTER_NAMES) this.#counts[name] += counts[name];
  }

  get counts(): Counts {
    return { ...this.#counts };
  }
}
