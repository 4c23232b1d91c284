/**
 * What every LogStore must do, as tests: call `testLogStore` in a test file of an adapter.
 * The names carry the invariants of docs/spec/storage.md that this suite holds.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  EMPTY_CONFIGURATION,
  type Entry,
  entryBytes,
  type HardState,
  type LogBatch,
  type LogStore,
  type SnapshotInstall,
} from "@caucus/raft";

/** One open store and what the suite can't do through the port alone. */
export interface LogStoreHarness {
  readonly store: LogStore;
  /** A sealed generation of the state without records, as `SnapshotInstall.generation`. */
  sealGeneration(): Promise<unknown>;
  /** Opens the same data again after closing in order. Leave out where nothing can be kept. */
  reopen?(): Promise<LogStoreHarness>;
  /** Makes every later write fail. Leave out where that can't be arranged. */
  breakDisk?(): void;
  /** Ends everything. Called once per test, on the latest harness. */
  close(): Promise<void>;
}

export type LogStoreFactory = () => LogStoreHarness | Promise<LogStoreHarness>;

/** Registers the suite under `name`; each test asks `factory` for a new, empty store. */
export function testLogStore(name: string, factory: LogStoreFactory): void {
  describe(`${name} as LogStore`, () => {
    testReadsAndDones(factory);
    testTruncation(factory);
    testCompaction(factory);
    testInstall(factory);
    testFailure(factory);
  });
}

function testReadsAndDones(factory: LogStoreFactory): void {
  withStore("is empty when new", factory, async ({ store }) => {
    assert.deepEqual(store.opened, {
      hardState: { term: 0, vote: undefined },
      compactedIndex: 0,
      compactedTerm: 0,
      lastIndex: 0,
    });
  });

  withStore(
    "S1: entries are readable as soon as write has returned",
    factory,
    async ({ store }) => {
      const written = write(store, { entries: entries(1, 3, 1) });
      assert.deepEqual(store.entries(1, 4, 1_000_000), entries(1, 3, 1));
      assert.equal(store.term(3), 1);
      await written;
      assert.deepEqual(store.entries(1, 4, 1_000_000), entries(1, 3, 1));
    },
  );

  withStore("S2: dones come in order and never inside write", factory, async ({ store }) => {
    const order: number[] = [];
    const all: Promise<void>[] = [];
    for (let i = 1; i <= 20; i++) {
      let inside = true;
      all.push(
        new Promise((resolve) => {
          store.write(batch({ entries: entries(i, 1, 1) }), (error) => {
            assert.equal(error, undefined);
            assert.equal(inside, false);
            order.push(i);
            resolve();
          });
        }),
      );
      inside = false;
      if (i % 7 === 0) await all.at(-1);
    }
    await Promise.all(all);
    assert.deepEqual(
      order,
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
  });

  withStore("keeps every kind of entry as it is", factory, async ({ store, ...harness }) => {
    const all: Entry[] = [
      { index: 1, term: 1, kind: "empty", data: new Uint8Array(0) },
      { index: 2, term: 1, kind: "configuration", data: bytes(300) },
      { index: 3, term: 9, kind: "command", data: bytes(100_000) },
    ];
    await write(store, { entries: all });
    assert.deepEqual(store.entries(1, 4, 1_000_000), all);
    const again = await reopened({ store, ...harness });
    if (again === undefined) return;
    assert.deepEqual(again.store.entries(1, 4, 1_000_000), all);
    await again.close();
  });

  withStore("cuts a read behind the entry that reaches bytesMax", factory, async ({ store }) => {
    const all = entries(1, 10, 1);
    await write(store, { entries: all });
    const one = entryBytes(all[0] as Entry);
    assert.equal(store.entries(1, 11, 1).length, 1);
    assert.equal(store.entries(1, 11, one * 3).length, 3);
    assert.equal(store.entries(1, 11, one * 3 + 1).length, 4);
    assert.equal(store.entries(4, 4, one).length, 0);
    assert.deepEqual(store.entries(9, 11, 1_000_000), all.slice(8));
  });
}

function testTruncation(factory: LogStoreFactory): void {
  withStore(
    "an entry at or below the last index replaces it and all behind it",
    factory,
    async (harness) => {
      const { store } = harness;
      await write(store, { entries: entries(1, 10, 1) });
      const written = write(store, { entries: entries(6, 2, 2), hardState: voted(2, "a") });
      const expected = [...entries(1, 5, 1), ...entries(6, 2, 2)];
      assert.deepEqual(store.entries(1, 8, 1_000_000), expected);
      assert.equal(store.term(5), 1);
      assert.equal(store.term(6), 2);
      await written;
      assert.deepEqual(store.entries(1, 8, 1_000_000), expected);
      const again = await reopened(harness);
      if (again === undefined) return;
      assert.equal(again.store.opened.lastIndex, 7);
      assert.deepEqual(again.store.opened.hardState, voted(2, "a"));
      assert.deepEqual(again.store.entries(1, 8, 1_000_000), expected);
      await again.close();
    },
  );

  withStore(
    "truncations and appends queued together have the effect of one after the other",
    factory,
    async (harness) => {
      const { store } = harness;
      const all = [
        write(store, { entries: entries(1, 8, 1) }),
        write(store, { entries: entries(3, 6, 2) }),
        write(store, { entries: entries(9, 4, 2) }),
        write(store, { entries: entries(5, 1, 3), hardState: voted(3, undefined) }),
      ];
      await Promise.all(all);
      const expected = [...entries(1, 2, 1), ...entries(3, 2, 2), ...entries(5, 1, 3)];
      assert.deepEqual(store.entries(1, 6, 1_000_000), expected);
      const again = await reopened(harness);
      if (again === undefined) return;
      assert.equal(again.store.opened.lastIndex, 5);
      assert.deepEqual(again.store.entries(1, 6, 1_000_000), expected);
      await again.close();
    },
  );

  withStore("S3: what was done is there after opening again", factory, async (harness) => {
    const { store } = harness;
    await write(store, { hardState: voted(4, "b") });
    await write(store, { entries: entries(1, 100, 4) });
    await write(store, { hardState: voted(5, undefined) });
    const again = await reopened(harness);
    if (again === undefined) return;
    assert.deepEqual(again.store.opened, {
      hardState: voted(5, undefined),
      compactedIndex: 0,
      compactedTerm: 0,
      lastIndex: 100,
    });
    assert.deepEqual(again.store.entries(1, 101, 1_000_000), entries(1, 100, 4));
    await write(again.store, { entries: entries(101, 1, 5) });
    assert.equal(again.store.term(101), 5);
    await again.close();
  });
}

function testCompaction(factory: LogStoreFactory): void {
  withStore(
    "S7: a compacted log keeps its start, its term and what follows",
    factory,
    async (harness) => {
      const { store } = harness;
      await write(store, { entries: [...entries(1, 5, 1), ...entries(6, 5, 2)] });
      store.compact(7, 2);
      store.compact(4, 1);
      assert.deepEqual(store.entries(8, 11, 1_000_000), entries(8, 3, 2));
      await write(store, { entries: entries(11, 1, 3) });
      const again = await reopened(harness);
      if (again === undefined) return;
      const { compactedIndex, compactedTerm, lastIndex } = again.store.opened;
      assert.deepEqual([compactedIndex, compactedTerm, lastIndex], [7, 2, 11]);
      assert.deepEqual(again.store.entries(8, 12, 1_000_000), [
        ...entries(8, 3, 2),
        ...entries(11, 1, 3),
      ]);
      again.store.compact(11, 3);
      await write(again.store, { hardState: voted(6, undefined) });
      await write(again.store, { entries: entries(12, 1, 6) });
      const third = await reopened(again);
      if (third === undefined) return;
      const opened = third.store.opened;
      assert.deepEqual(
        [opened.compactedIndex, opened.compactedTerm, opened.lastIndex],
        [11, 3, 12],
      );
      await third.close();
    },
  );
}

function testInstall(factory: LogStoreFactory): void {
  const starts: { readonly name: string; readonly index: number; readonly term: number }[] = [
    { name: "beyond the log", index: 50, term: 3 },
    { name: "inside a log that matches", index: 5, term: 1 },
    { name: "inside a log that conflicts", index: 5, term: 3 },
    { name: "at the end of a log that conflicts", index: 8, term: 3 },
  ];
  for (const { name, index, term } of starts) {
    withStore(`S8: an installed snapshot ${name} replaces it`, factory, async (harness) => {
      const { store } = harness;
      await write(store, { entries: entries(1, 8, 1) });
      const install = snapshot(index, term, await harness.sealGeneration());
      const hardState = voted(4, "c");
      await write(store, { install, entries: entries(index + 1, 2, 4), hardState });
      assert.deepEqual(store.entries(index + 1, index + 3, 1_000_000), entries(index + 1, 2, 4));
      const again = await reopened(harness);
      if (again === undefined) return;
      assert.deepEqual(again.store.opened, {
        hardState,
        compactedIndex: index,
        compactedTerm: term,
        lastIndex: index + 2,
      });
      assert.deepEqual(
        again.store.entries(index + 1, index + 3, 1_000_000),
        entries(index + 1, 2, 4),
      );
      await write(again.store, { entries: entries(index + 3, 1, 4) });
      await again.close();
    });
  }

  withStore(
    "an installed snapshot without entries leaves an empty log",
    factory,
    async (harness) => {
      await write(harness.store, { entries: entries(1, 8, 1) });
      await write(harness.store, { install: snapshot(6, 2, await harness.sealGeneration()) });
      const again = await reopened(harness);
      if (again === undefined) return;
      const { compactedIndex, compactedTerm, lastIndex } = again.store.opened;
      assert.deepEqual([compactedIndex, compactedTerm, lastIndex], [6, 2, 6]);
      await again.close();
    },
  );
}

function testFailure(factory: LogStoreFactory): void {
  withStore(
    "S9: after a failed write every later one gets the same error",
    factory,
    async (harness, t) => {
      if (harness.breakDisk === undefined) {
        t.skip("the disk of this store can't be made to fail here");
        return;
      }
      const { store } = harness;
      await write(store, { entries: entries(1, 1, 1) });
      harness.breakDisk();
      const first = await failure(store, { entries: entries(2, 1, 1) });
      const second = await failure(store, { entries: entries(3, 1, 1) });
      assert.ok(first instanceof Error);
      assert.equal(second, first);
      assert.equal(await failure(store, { hardState: voted(9, undefined) }), first);
    },
  );

  withStore("close comes after the dones of everything written", factory, async ({ store }) => {
    const order: string[] = [];
    store.write(batch({ entries: entries(1, 1, 1) }), () => order.push("done"));
    await new Promise<void>((resolve) => store.close(resolve));
    assert.deepEqual(order, ["done"]);
  });
}

interface TestContext {
  skip(reason: string): void;
}

type HarnessTest = (harness: LogStoreHarness, t: TestContext) => Promise<void>;

/** Closed harnesses: a test that reopens closes what it opened last itself. */
const closed = new WeakSet<LogStoreHarness>();

function withStore(name: string, factory: LogStoreFactory, test: HarnessTest): void {
  it(name, async (t) => {
    const harness = await factory();
    try {
      await test(harness, t);
    } finally {
      if (!closed.has(harness)) await harness.close();
    }
  });
}

async function reopened(harness: LogStoreHarness): Promise<LogStoreHarness | undefined> {
  const again = await harness.reopen?.();
  if (again !== undefined) closed.add(harness);
  return again;
}

function write(store: LogStore, parts: Partial<LogBatch>): Promise<void> {
  return new Promise((resolve, reject) => {
    store.write(batch(parts), (error) => (error === undefined ? resolve() : reject(error)));
  });
}

function failure(store: LogStore, parts: Partial<LogBatch>): Promise<Error | undefined> {
  return new Promise((resolve) => store.write(batch(parts), resolve));
}

function batch(parts: Partial<LogBatch>): LogBatch {
  return { hardState: undefined, entries: [], install: undefined, ...parts };
}

function snapshot(index: number, term: number, generation: unknown): SnapshotInstall {
  const meta = { index, term, configuration: EMPTY_CONFIGURATION, configurationIndex: 0 };
  return { meta, generation, discard: () => undefined };
}

/** Hard state with a vote for a made-up key. */
function voted(term: number, digit: string | undefined): HardState {
  return { term, vote: digit?.repeat(32) };
}

function entries(first: number, count: number, term: number): Entry[] {
  return Array.from({ length: count }, (_, i) => ({
    index: first + i,
    term,
    kind: "command",
    data: Uint8Array.of(first + i, term, 0xff),
  }));
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31) & 0xff);
}
