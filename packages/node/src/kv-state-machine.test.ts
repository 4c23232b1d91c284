import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Command, type CommandResult, encodeEnvelope, getRecord } from "@caucus/kv";
import {
  type AppliedEntry,
  type Configuration,
  EMPTY_CONFIGURATION,
  encodeConfiguration,
  type SnapshotInstall,
  type SnapshotMeta,
} from "@caucus/raft";
import { DeferredJournal, MemoryStorage, StorageImage } from "@caucus/storage";
import { KvStateMachine } from "./kv-state-machine.ts";

const KEY = "a".repeat(32);
const MEMBER = { key: KEY, label: 1, rpcAddress: "h:1", apiAddress: "h:2" };
const CONFIGURATION: Configuration = { ...EMPTY_CONFIGURATION, voters: [KEY], members: [MEMBER] };

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string => new TextDecoder().decode(value);

/** A store whose writes become durable when `flush` is called. */
function openStore(image: StorageImage = new StorageImage(KEY)): {
  image: StorageImage;
  storage: MemoryStorage;
  flush: () => void;
} {
  const queue: (() => void)[] = [];
  const storage = new MemoryStorage(image, new DeferredJournal((run) => void queue.push(run)));
  const flush = (): void => {
    for (let run = queue.shift(); run !== undefined; run = queue.shift()) run();
  };
  return { image, storage, flush };
}

function metaAt(index: number): SnapshotMeta {
  return { index, term: 1, configuration: CONFIGURATION, configurationIndex: 1 };
}

function configurationEntry(): AppliedEntry {
  const data = encodeConfiguration(CONFIGURATION);
  return { entry: { index: 1, term: 1, kind: "configuration", data }, meta: metaAt(1) };
}

function commandEntry(index: number, command: Command): AppliedEntry {
  const data = encodeEnvelope({ session: undefined, leaderTimeMs: 1_000, command });
  return { entry: { index, term: 1, kind: "command", data }, meta: metaAt(index) };
}

function putEntry(index: number, key: string, value: string): AppliedEntry {
  return commandEntry(index, { kind: "put", key: bytes(key), value: bytes(value) });
}

function revisionOf(result: CommandResult | undefined): number | undefined {
  return result?.kind === "done" ? result.revision : undefined;
}

describe("KvStateMachine", () => {
  it("N1: effects, position and configuration of a batch are one write", () => {
    const { storage } = openStore();
    let writes = 0;
    const { stateStore } = storage;
    const machine = new KvStateMachine({
      get: (key) => stateStore.get(key),
      scan: (range) => stateStore.scan(range),
      write: (changes) => {
        writes++;
        stateStore.write(changes);
      },
      durableWrites: () => stateStore.durableWrites(),
      snapshot: () => stateStore.snapshot(),
      beginInstall: () => stateStore.beginInstall(),
    });
    const empty = { index: 2, term: 1, kind: "empty", data: bytes("") } as const;
    const results = machine.apply([
      configurationEntry(),
      { entry: empty, meta: metaAt(2) },
      putEntry(3, "a", "1"),
      putEntry(4, "a", "2"),
    ]);
    assert.equal(writes, 1);
    assert.deepEqual(results.map(revisionOf), [undefined, undefined, 1, 2]);
    assert.equal(getRecord(stateStore, bytes("a"))?.version, 2);
    const reopened = new KvStateMachine(stateStore);
    assert.deepEqual(reopened.opened, metaAt(4));
  });

  it("N1: entries come in order, each exactly once", () => {
    const { storage } = openStore();
    const machine = new KvStateMachine(storage.stateStore);
    machine.apply([configurationEntry(), putEntry(2, "a", "1")]);
    assert.throws(() => machine.apply([putEntry(2, "a", "1")]), /N1: entry 2 applied, 3 is next/);
    assert.throws(() => machine.apply([putEntry(4, "a", "1")]), /N1: entry 4 applied, 3 is next/);
  });

  it("N2: an entry of a newer format stops the node and leaves no trace of its batch", () => {
    const { storage } = openStore();
    const machine = new KvStateMachine(storage.stateStore);
    machine.apply([configurationEntry()]);
    const newer = putEntry(3, "b", "1");
    newer.entry.data[0] = 200;
    assert.throws(
      () => machine.apply([putEntry(2, "a", "1"), newer]),
      (error: Error) => /entry 3: .* format version 200/.test(error.message),
    );
    assert.equal(getRecord(storage.stateStore, bytes("a")), undefined);
    assert.equal(new KvStateMachine(storage.stateStore).opened.index, 1);
  });

  it("a command that can't be decoded is refused, not fatal: all replicas refuse it alike", () => {
    const { storage } = openStore();
    const machine = new KvStateMachine(storage.stateStore);
    const broken = putEntry(2, "a", "1");
    const cut = { ...broken, entry: { ...broken.entry, data: broken.entry.data.subarray(0, 12) } };
    const [, result] = machine.apply([configurationEntry(), cut]);
    assert.equal(result?.kind, "refused");
  });

  it("N3: durable is only what the store says", () => {
    const { flush, storage } = openStore();
    const machine = new KvStateMachine(storage.stateStore);
    machine.apply([configurationEntry()]);
    machine.apply([putEntry(2, "a", "1"), putEntry(3, "a", "2")]);
    assert.equal(machine.durableIndex(), 0);
    storage.logStore.write(
      { hardState: { term: 1, vote: undefined }, entries: [], install: undefined },
      () => {},
    );
    flush();
    assert.equal(machine.durableIndex(), 3);
    machine.apply([putEntry(4, "a", "3")]);
    assert.equal(machine.durableIndex(), 3);
  });
});

describe("snapshots of KvStateMachine", () => {
  function transfer(
    source: KvStateMachine,
    target: ReturnType<typeof openStore>,
    change: (chunk: Uint8Array) => Uint8Array = (chunk) => chunk,
  ): SnapshotInstall {
    const machine = new KvStateMachine(target.storage.stateStore);
    const snapshot = source.openSnapshot();
    const receiver = machine.receiveSnapshot(snapshot.meta);
    for (let chunk = snapshot.next(); chunk !== undefined; chunk = snapshot.next()) {
      receiver.write(change(chunk), (error) => assert.equal(error, undefined));
      target.flush();
    }
    snapshot.close();
    const finished: (SnapshotInstall | Error)[] = [];
    receiver.finish((result) => finished.push(result));
    target.flush();
    const [result] = finished;
    if (result === undefined || result instanceof Error) throw result ?? new Error("no end");
    return result;
  }

  function filled(): KvStateMachine {
    const machine = new KvStateMachine(openStore().storage.stateStore);
    machine.apply([configurationEntry()]);
    const big = "x".repeat(100_000);
    for (let index = 2; index <= 11; index++) machine.apply([putEntry(index, `k${index}`, big)]);
    return machine;
  }

  it("N1: a snapshot carries data, position and configuration, and installs as one", () => {
    const target = openStore();
    const install = transfer(filled(), target);
    const { stateStore, logStore } = target.storage;
    assert.deepEqual(install.meta, metaAt(11));
    assert.equal(getRecord(stateStore, bytes("k5")), undefined, "not visible before the flip");
    const receiving = new KvStateMachine(stateStore);
    const hardState = { term: 1, vote: undefined };
    logStore.write({ hardState, entries: [], install }, (error) => assert.equal(error, undefined));
    target.flush();
    receiving.installed(install.meta);
    assert.equal(text(getRecord(stateStore, bytes("k5"))?.value).length, 100_000);
    assert.equal(receiving.durableIndex(), 11);
    assert.deepEqual(new KvStateMachine(stateStore).opened, metaAt(11));
    const [result] = receiving.apply([putEntry(12, "after", "1")]);
    assert.equal(revisionOf(result), 11);
  });

  it("a damaged chunk is refused", () => {
    const damage = (chunk: Uint8Array): Uint8Array => {
      const copy = chunk.slice();
      copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
      return copy;
    };
    assert.throws(() => transfer(filled(), openStore(), damage), /checksum/);
  });

  it("an end that comes too early is refused", () => {
    const target = openStore();
    const machine = new KvStateMachine(target.storage.stateStore);
    const snapshot = filled().openSnapshot();
    const receiver = machine.receiveSnapshot(snapshot.meta);
    receiver.write(snapshot.next() ?? bytes(""), () => {});
    const results: unknown[] = [];
    receiver.finish((result) => results.push(result));
    assert.ok(results[0] instanceof Error);
    receiver.abort();
  });
});
