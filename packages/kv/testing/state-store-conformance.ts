/**
 * What every StateStore must do, as tests: call `testStateStore` in a test file of an adapter.
 * The names carry the invariants of docs/spec/kv.md that an adapter holds.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSeededRng, nextInteger, type Rng } from "@caucus/base";
import {
  compareBytes,
  PendingState,
  type StateChange,
  type StateInstall,
  type StateRange,
  type StateReader,
  type StateRecord,
  type StateStore,
} from "@caucus/kv";

/** One open store and what the suite can't do through the port alone. */
export interface StateStoreHarness {
  readonly store: StateStore;
  /** Resolves when everything written so far is durable, for example after a synced log batch. */
  flush(): Promise<void>;
  /** Lets the sealed install take the place of the state, as the log store's batch does. */
  flip(install: StateInstall): Promise<void>;
  /** Closes and opens the same data. Leave out where nothing outlives the process. */
  reopen?(): Promise<StateStoreHarness>;
  /** Ends everything. Called once per test, on the latest harness. */
  close(): Promise<void>;
}

export type StateStoreFactory = () => StateStoreHarness | Promise<StateStoreHarness>;

/** Registers the suite under `name`; each test asks `factory` for a new, empty store. */
export function testStateStore(name: string, factory: StateStoreFactory): void {
  describe(`${name} as StateStore`, () => {
    testReads(factory);
    testSnapshots(factory);
    testInstalls(factory);
    testDurability(factory);
  });
}

function testReads(factory: StateStoreFactory): void {
  withStore("K20: reads see a write as soon as it returns, and after it is durable", factory, {
    async run({ store, flush }) {
      assert.equal(store.get(text("a")), undefined);
      store.write([put("a", "1"), put("empty", "")]);
      assert.deepEqual(shown(store), ["a=1", "empty="]);
      assert.deepEqual(store.get(text("empty")), new Uint8Array(0));
      await flush();
      assert.deepEqual(shown(store), ["a=1", "empty="]);
      store.write([put("a", "2"), remove("empty"), remove("missing")]);
      assert.deepEqual(shown(store), ["a=2"]);
      assert.equal(store.get(text("empty")), undefined);
      await flush();
      assert.deepEqual(shown(store), ["a=2"]);
    },
  });

  withStore("keeps keys of any bytes in unsigned order", factory, {
    async run({ store, flush }) {
      const keys = [[0], [0, 0], [0, 255], [1], [127], [128], [255], [255, 0], [255, 255]];
      const shuffled = [5, 0, 8, 2, 7, 1, 6, 3, 4].map((place) => keys[place] as number[]);
      store.write(shuffled.map((key) => ({ key: Uint8Array.from(key), value: text("v") })));
      const scanned = (): number[][] => scanAll(store).map(({ key }) => [...key]);
      assert.deepEqual(scanned(), keys);
      await flush();
      assert.deepEqual(scanned(), keys);
    },
  });

  withStore("scans [from, to) up to the limit, over durable and pending writes", factory, {
    async run({ store, flush }) {
      store.write(["a", "b", "c", "d", "e", "f"].map((key) => put(key, "old")));
      await flush();
      store.write([remove("b"), remove("c"), put("d", "new"), put("dd", "new")]);
      const check = (): void => {
        assert.deepEqual(keysOf(store, { from: "a", to: "f", limit: 10 }), ["a", "d", "dd", "e"]);
        assert.deepEqual(keysOf(store, { from: "b", to: undefined, limit: 2 }), ["d", "dd"]);
        assert.deepEqual(keysOf(store, { from: "dd", to: undefined, limit: 9 }), ["dd", "e", "f"]);
        assert.deepEqual(keysOf(store, { from: "a", to: "a", limit: 9 }), []);
        assert.deepEqual(keysOf(store, { from: "e", to: "b", limit: 9 }), []);
        assert.deepEqual(keysOf(store, { from: "a", to: "f", limit: 0 }), []);
      };
      check();
      await flush();
      check();
    },
  });

  withStore("agrees with a model under random writes, flushes and scans", factory, {
    async run({ store, flush }) {
      const rng = createSeededRng(7);
      const model = new Map<string, string>();
      for (let round = 0; round < 200; round++) {
        const changes = randomChanges(rng);
        for (const { key, value } of changes) {
          if (value === undefined) model.delete(latin1(key));
          else model.set(latin1(key), latin1(value));
        }
        store.write(changes);
        if (nextInteger(rng, 10) === 0) await flush();
        const expected = [...model]
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map((pair) => pair.join("="));
        assert.deepEqual(shown(store), expected);
      }
    },
  });
}

function testSnapshots(factory: StateStoreFactory): void {
  withStore("K21: a snapshot stays as it was taken", factory, {
    async run({ store, flush }) {
      store.write([put("a", "1"), put("b", "1"), put("c", "1")]);
      await flush();
      const snapshot = store.snapshot();
      store.write([put("a", "2"), remove("b"), put("bb", "2")]);
      await flush();
      assert.deepEqual(snapshot.get(text("b")), text("1"));
      assert.equal(snapshot.get(text("bb")), undefined);
      const records = drain((bytesMax) => snapshot.next(bytesMax), 1);
      assert.deepEqual(records.map(show), ["a=1", "b=1", "c=1"]);
      snapshot.close();
      assert.deepEqual(shown(store), ["a=2", "bb=2", "c=1"]);
    },
  });

  withStore("gives the next records of a snapshot in order, bounded in bytes", factory, {
    async run({ store, flush }) {
      const changes = Array.from({ length: 100 }, (_, i) => put(`k${100 + i}`, "x".repeat(96)));
      store.write([...changes, put("k150", "y".repeat(5000))]);
      await flush();
      const snapshot = store.snapshot();
      const records: StateRecord[] = [];
      for (let page = snapshot.next(1000); page.length > 0; page = snapshot.next(1000)) {
        const bytes = page.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
        assert.ok(page.length === 1 || bytes <= 1000, `${page.length} records of ${bytes} bytes`);
        records.push(...page);
      }
      assert.equal(snapshot.next(1000).length, 0);
      snapshot.close();
      assert.deepEqual(records.map(show), shown(store));
    },
  });

  withStore("K22: a write is in a snapshot whole or not at all", factory, {
    async run({ store, flush }) {
      for (let i = 0; i < 50; i++) {
        store.write([put("a", `${i}`), put("z", `${i}`)]);
        if (i % 10 === 5) void flush();
        const snapshot = store.snapshot();
        assert.deepEqual(snapshot.get(text("a")), snapshot.get(text("z")));
        snapshot.close();
      }
      await flush();
    },
  });
}

function testInstalls(factory: StateStoreFactory): void {
  withStore(
    "K23: an install is invisible until it is flipped to, then it is all there is",
    factory,
    {
      async run({ store, flush, flip }) {
        store.write([put("old", "1"), put("both", "1")]);
        await flush();
        const install = store.beginInstall();
        await putAll(install, [record("both", "2"), record("new", "2")]);
        await putAll(install, [record("newer", "2")]);
        assert.deepEqual(shown(store), ["both=1", "old=1"]);
        await seal(install);
        assert.deepEqual(shown(store), ["both=1", "old=1"]);
        store.write([put("pending", "1")]);
        await flip(install);
        assert.deepEqual(shown(store), ["both=2", "new=2", "newer=2"]);
        store.write([put("after", "3"), remove("new")]);
        await flush();
        assert.deepEqual(shown(store), ["after=3", "both=2", "newer=2"]);
        assert.equal(store.durableWrites(), 3, "K24: writes that the flip made void count too");
        const snapshot = store.snapshot();
        const records = drain((bytesMax) => snapshot.next(bytesMax), 1_000_000);
        assert.deepEqual(records.map(show), ["after=3", "both=2", "newer=2"]);
        snapshot.close();
      },
    },
  );

  withStore("a discarded install leaves nothing, and the next one starts empty", factory, {
    async run({ store, flip }) {
      store.write([put("a", "1")]);
      const dropped = store.beginInstall();
      await putAll(dropped, [record("dropped", "2")]);
      dropped.discard();
      assert.deepEqual(shown(store), ["a=1"]);
      const sealed = store.beginInstall();
      await putAll(sealed, [record("sealed", "2")]);
      await seal(sealed);
      sealed.discard();
      assert.deepEqual(shown(store), ["a=1"]);
      const install = store.beginInstall();
      await putAll(install, [record("b", "3")]);
      await seal(install);
      await flip(install);
      assert.deepEqual(shown(store), ["b=3"]);
    },
  });
}

function testDurability(factory: StateStoreFactory): void {
  withStore(
    "K24: durableWrites counts the calls of write that are durable, and only rises",
    factory,
    {
      async run({ store, flush }) {
        assert.equal(store.durableWrites(), 0);
        let last = 0;
        for (let i = 1; i <= 20; i++) {
          store.write(i % 5 === 0 ? [] : [put("k", `${i}`)]);
          if (i % 3 === 0) {
            await flush();
            assert.equal(store.durableWrites(), i);
          }
          const now = store.durableWrites();
          assert.ok(now >= last && now <= i, `${now} after ${last}, ${i} were written`);
          last = now;
        }
      },
    },
  );

  it("K25: what was flushed or flipped to is there after opening again, unfinished installs are not", async (t) => {
    let harness = await factory();
    try {
      if (harness.reopen === undefined) {
        t.skip("nothing of this store outlives its process");
        return;
      }
      harness.store.write([put("a", "1"), put("b", "1")]);
      harness.store.write([remove("b")]);
      await harness.flush();
      await putAll(harness.store.beginInstall(), [record("unfinished", "2")]);
      harness = await harness.reopen();
      assert.deepEqual(shown(harness.store), ["a=1"]);
      assert.equal(harness.store.durableWrites(), 0);
      const install = harness.store.beginInstall();
      await putAll(install, [record("installed", "3")]);
      await seal(install);
      await harness.flip(install);
      harness.store.write([put("later", "4")]);
      await harness.flush();
      harness = (await harness.reopen?.()) ?? harness;
      assert.deepEqual(shown(harness.store), ["installed=3", "later=4"]);
    } finally {
      await harness.close();
    }
  });
}

interface StoreTest {
  run(harness: StateStoreHarness): Promise<void>;
}

function withStore(name: string, factory: StateStoreFactory, test: StoreTest): void {
  it(name, async () => {
    const harness = await factory();
    try {
      await test.run(harness);
    } finally {
      await harness.close();
    }
  });
}

function putAll(install: StateInstall, records: readonly StateRecord[]): Promise<void> {
  return settled((done) => install.put(records, done));
}

function seal(install: StateInstall): Promise<void> {
  return settled((done) => install.seal(done));
}

function settled(start: (done: (error?: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === undefined ? resolve() : reject(error)));
  });
}

function drain(
  next: (bytesMax: number) => readonly StateRecord[],
  bytesMax: number,
): StateRecord[] {
  const records: StateRecord[] = [];
  for (let page = next(bytesMax); page.length > 0; page = next(bytesMax)) records.push(...page);
  return records;
}

function randomChanges(rng: Rng): StateChange[] {
  const changes = new Map<string, StateChange>();
  for (let i = nextInteger(rng, 6); i >= 0; i--) {
    const name = `k${nextInteger(rng, 30)}`;
    changes.set(name, nextInteger(rng, 3) === 0 ? remove(name) : put(name, `${rng.next()}`));
  }
  return [...changes.values()];
}

function scanAll(reader: StateReader): readonly StateRecord[] {
  return reader.scan({ from: new Uint8Array(0), to: undefined, limit: 100_000 });
}

/** The whole state as `key=value`, by scan and, to compare, by get through an empty overlay. */
function shown(store: StateStore): string[] {
  const records = scanAll(store);
  const overlay = new PendingState(store);
  for (const { key, value } of records) {
    assert.equal(
      compareBytes(overlay.get(key) ?? text("missing"), value),
      0,
      "get differs from scan",
    );
  }
  return records.map(show);
}

function keysOf(
  store: StateStore,
  range: { from: string; to: string | undefined; limit: number },
): string[] {
  const bounds: StateRange = {
    from: text(range.from),
    to: range.to === undefined ? undefined : text(range.to),
    limit: range.limit,
  };
  return store.scan(bounds).map(({ key }) => latin1(key));
}

function put(key: string, value: string): StateChange {
  return record(key, value);
}

function record(key: string, value: string): StateRecord {
  return { key: text(key), value: text(value) };
}

function remove(key: string): StateChange {
  return { key: text(key), value: undefined };
}

function show({ key, value }: StateRecord): string {
  return `${latin1(key)}=${latin1(value)}`;
}

function text(characters: string): Uint8Array {
  return Uint8Array.from(Buffer.from(characters, "latin1"));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
