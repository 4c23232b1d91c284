/**
 * A member reduced to its disk: opens the storage in argv[2], checks all that it holds, then
 * writes like a Raft node (appends, new terms that replace the tail, applied state, compaction)
 * and prints each index that was reported as durable. With argv[3] it writes so many batches, one
 * after the other, and ends; without, it keeps some in flight until it is killed.
 */
import assert from "node:assert/strict";
import type { Entry } from "@caucus/raft";
import { type OpenedStorage, openStorage } from "../src/index.ts";
import type { ProgramLine } from "./child-process.ts";
import { batch, settled } from "./harness.ts";

/** The newest entries that a new term may replace; older ones are applied. */
const UNCOMMITTED = 4;
const KEYS = 50;
/** Batches in flight: what queues up behind an fsync goes into one write. */
const IN_FLIGHT = 4;

const [directory = "", batches] = process.argv.slice(2);

function print(line: ProgramLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function entryAt(index: number, term: number): Entry {
  const data = new Uint8Array(100).fill(index & 0xff);
  new DataView(data.buffer).setFloat64(0, index);
  new DataView(data.buffer).setFloat64(8, term);
  return { index, term, kind: "command", data };
}

const APPLIED_KEY: Uint8Array = Buffer.from("applied");

function keyOf(index: number): Uint8Array {
  return Buffer.from(`key ${index % KEYS}`);
}

function numberIn(value: Uint8Array | undefined): number {
  return value === undefined ? 0 : Buffer.from(value).readDoubleBE(0);
}

function numberAsBytes(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return new Uint8Array(bytes);
}

class Member {
  readonly #storage: OpenedStorage;
  #lastIndex: number;
  #term: number;
  #applied: number;
  /** Of each write of the state since opening: up to where it applies. */
  readonly #appliedBy: number[] = [];

  constructor(storage: OpenedStorage) {
    this.#storage = storage;
    const { opened } = storage.logStore;
    this.#lastIndex = opened.lastIndex;
    this.#term = opened.hardState.term;
    this.#applied = numberIn(storage.stateStore.get(APPLIED_KEY));
    this.#check();
    this.#apply(this.#lastIndex);
  }

  /** One batch; now and then a new term that replaces the last entries. */
  async write(): Promise<void> {
    const newTerm = this.#term === 0 || Math.random() < 0.1;
    const replaced = newTerm ? Math.floor(Math.random() * UNCOMMITTED) : 0;
    if (newTerm) this.#term += 1;
    const first = Math.max(this.#applied, this.#lastIndex - replaced) + 1;
    const count = 1 + Math.floor(Math.random() * 5);
    const entries = Array.from({ length: count }, (_, i) => entryAt(first + i, this.#term));
    const hardState = newTerm ? { term: this.#term, vote: "a".repeat(32) } : undefined;
    this.#lastIndex = first + count - 1;
    const acked: ProgramLine = { kind: "acked", lastIndex: this.#lastIndex, term: this.#term };
    await settled((done) => this.#storage.logStore.write(batch({ entries, hardState }), done));
    print(acked);
    // A batch behind this one may have replaced its end, but nothing that was applied.
    this.#apply(Math.min(acked.lastIndex, this.#lastIndex));
    if (Math.random() < 0.1) this.#compact();
  }

  #apply(durableIndex: number): void {
    const { stateStore } = this.#storage;
    while (this.#applied < durableIndex - UNCOMMITTED) {
      this.#applied += 1;
      const value = numberAsBytes(this.#applied);
      stateStore.write([
        { key: keyOf(this.#applied), value },
        { key: APPLIED_KEY, value },
      ]);
      this.#appliedBy.push(this.#applied);
    }
  }

  #compact(): void {
    const durable = this.#appliedBy[this.#storage.stateStore.durableWrites() - 1];
    if (durable === undefined) return;
    const { logStore } = this.#storage;
    logStore.compact(durable, logStore.term(durable));
  }

  /** The log is whole, the state is that of one applied index, and none is ahead of the log. */
  #check(): void {
    const { logStore, stateStore } = this.#storage;
    const { compactedIndex, lastIndex } = logStore.opened;
    for (let index = compactedIndex + 1; index <= lastIndex; index++) {
      const entry = logStore.entries(index, index + 1, 1)[0];
      assert.deepEqual(entry, entryAt(index, logStore.term(index)));
    }
    assert.ok(this.#applied <= lastIndex, `applied ${this.#applied}, the log ends at ${lastIndex}`);
    assert.ok(
      this.#applied >= compactedIndex,
      `applied ${this.#applied}, gone to ${compactedIndex}`,
    );
    for (let index = Math.max(1, this.#applied - KEYS + 1); index <= this.#applied; index++) {
      assert.equal(numberIn(stateStore.get(keyOf(index))), index);
    }
  }
}

try {
  const storage = await openStorage({
    directory,
    label: 1,
    onPoisoned: ({ message }) => print({ kind: "poisoned", message }),
  });
  const { lastIndex } = storage.logStore.opened;
  const term = lastIndex === 0 ? 0 : storage.logStore.term(lastIndex);
  const member = new Member(storage);
  print({ kind: "opened", lastIndex, term, pid: process.pid });
  if (batches === undefined) {
    const forever = async (): Promise<void> => {
      for (;;) await member.write();
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, forever));
  } else {
    for (let i = 0; i < Number(batches); i++) await member.write();
  }
  await storage.close();
} catch (error) {
  print({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
