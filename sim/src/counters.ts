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

export type Counts<Name extends string = CounterName> = Readonly<Record<Name, number>>;

/** How often each thing happened. */
export class Counters<Name extends string = CounterName> {
  readonly #counts: Record<Name, number>;

  constructor(names: readonly Name[]) {
    this.#counts = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  }

  add(name: Name, count = 1): void {
    this.#counts[name] += count;
  }

  addAll(counts: Counts<Name>): void {
    for (const name of Object.keys(counts) as Name[]) this.#counts[name] += counts[name];
  }

  get counts(): Counts<Name> {
    return { ...this.#counts };
  }
}
