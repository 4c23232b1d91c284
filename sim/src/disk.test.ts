import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry, LogBatch } from "@caucus/raft";
import { COUNTER_NAMES, Counters } from "./counters.ts";
import { Dice } from "./dice.ts";
import { type DiskOptions, type DiskSession, SimulatedDisk } from "./disk.ts";
import { Scheduler } from "./scheduler.ts";

const OPTIONS: DiskOptions = {
  syncMsMin: 1,
  syncMsMax: 2,
  flushMsMax: 100,
  failureRate: 0,
  canForget: true,
};

interface Bench {
  readonly scheduler: Scheduler;
  readonly counters: Counters;
  readonly disk: SimulatedDisk;
}

function bench(seed: number, options: Partial<DiskOptions> = {}): Bench {
  const scheduler = new Scheduler();
  const counters = new Counters(COUNTER_NAMES);
  const disk = new SimulatedDisk("a".repeat(32), {
    scheduler,
    counters,
    dice: new Dice(seed, "disk"),
    options: { ...OPTIONS, ...options },
  });
  return { scheduler, counters, disk };
}

function opened(disk: SimulatedDisk): DiskSession {
  const opening = disk.open();
  assert.equal(opening.kind, "open");
  return (opening as { session: DiskSession }).session;
}

const entry = (index: number, term: number): Entry => ({
  index,
  term,
  kind: "command",
  data: new Uint8Array(3),
});

const batch = (...entries: readonly Entry[]): LogBatch => ({
  hardState: { term: entries.at(-1)?.term ?? 1, vote: undefined },
  entries,
  install: undefined,
});

test("a batch is seen at once, and durable only after its sync", () => {
  const { scheduler, disk } = bench(1);
  const session = opened(disk);
  let done = false;
  session.writeBatch(batch(entry(1, 1)), () => {
    done = true;
  });
  assert.equal(session.live.log.lastIndex, 1);
  assert.equal(disk.heldDurably(1, 1), false);
  while (!done) assert.ok(scheduler.step());
  assert.equal(disk.heldDurably(1, 1), true);
});

test("a crash keeps what was synced and a row of the records behind it", () => {
  const survivors = new Set<number>();
  for (let seed = 1; seed <= 40; seed++) {
    const { scheduler, disk, counters } = bench(seed);
    const session = opened(disk);
    let done = false;
    session.writeBatch(batch(entry(1, 1)), () => {
      done = true;
    });
    while (!done) scheduler.step();
    const unreported = (): void => assert.fail("reported after the crash");
    session.writeLazily({ kind: "state", changes: [] });
    session.writeBatch(batch(entry(2, 1), entry(3, 1)), unreported);
    session.writeBatch(batch(entry(4, 1)), unreported);
    disk.crash();
    while (scheduler.step());
    const { lastIndex } = opened(disk).live.log;
    survivors.add(lastIndex);
    assert.ok(counters.counts["unsynced records lost"] > 0);
  }
  // Never half of a batch: a torn record is dropped as a whole. Never one that waited its turn.
  assert.deepEqual([...survivors].sort(), [1, 3]);
});

test("a disk that forgot fsynced records is refused", () => {
  let refused = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const { scheduler, disk } = bench(seed);
    const session = opened(disk);
    let durable = 0;
    for (let index = 1; index <= 20; index++) {
      session.writeBatch(batch(entry(index, 1)), () => {
        durable = index;
      });
      while (durable < index) scheduler.step();
    }
    assert.equal(disk.crashAndForget(), true);
    assert.equal(disk.heldDurably(20, 1), true, "what it held is still known to the checkers");
    if (disk.open().kind === "refused") refused++;
  }
  assert.equal(refused, 20);
});

test("a truncation is not mistaken for a loss", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { scheduler, disk } = bench(seed);
    const session = opened(disk);
    let done = false;
    session.writeBatch(batch(entry(1, 1), entry(2, 1), entry(3, 1)), () => {
      done = true;
    });
    while (!done) scheduler.step();
    session.writeBatch(batch(entry(2, 2)), () => undefined);
    disk.crash();
    assert.equal(disk.open().kind, "open");
  }
});

test("after a failed sync nothing is reported as durable any more", () => {
  const { scheduler, disk } = bench(1, { failureRate: 1 });
  const session = opened(disk);
  const answers: (string | undefined)[] = [];
  session.writeBatch(batch(entry(1, 1)), (error) => answers.push(error?.message));
  while (scheduler.step());
  session.writeBatch(batch(entry(2, 1)), (error) => answers.push(error?.message));
  while (scheduler.step());
  assert.deepEqual(answers, ["fsync failed", "fsync failed"]);
});
