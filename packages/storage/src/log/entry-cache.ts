import { assert } from "@caucus/base";
import { type Entry, entryBytes, type LogIndex } from "@caucus/raft";

/**
 * The last entries of a log, in memory: all that the database has not taken yet, and as many
 * more as fit into `bytesMax`. Followers that keep up are served from here alone.
 */
export class EntryCache {
  readonly #bytesMax: number;
  /** Of consecutive indexes; the ones before `#head` are gone. */
  #entries: (Entry | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  #nextIndex: LogIndex;
  /** Numbers of writes tell apart an entry and the one that replaced it at the same index. */
  #unwritten: { readonly first: LogIndex; readonly write: number }[] = [];

  constructor(nextIndex: LogIndex, bytesMax: number) {
    this.#nextIndex = nextIndex;
    this.#bytesMax = bytesMax;
  }

  /** The lowest index held; `nextIndex` when empty. */
  get first(): LogIndex {
    return this.#nextIndex - (this.#entries.length - this.#head);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Undefined below `first`. */
  get(index: LogIndex): Entry | undefined {
    const { first } = this;
    return index < first ? undefined : this.#entries[this.#head + index - first];
  }

  /** Entries of write number `write`; a first index below the next one replaces from there. */
  append(entries: readonly Entry[], write: number): void {
    const first = entries[0];
    if (first === undefined) return;
    this.#truncate(first.index);
    this.#unwritten.push({ first: first.index, write });
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#bytes += entryBytes(entry);
      this.#nextIndex += 1;
    }
  }

  /** The database has taken the writes up to this number: their entries may go. */
  written(write: number): void {
    let done = 0;
    while ((this.#unwritten[done]?.write ?? Infinity) <= write) done += 1;
    this.#unwritten.splice(0, done);
    const keepFrom = this.#unwritten.reduce((low, { first }) => Math.min(low, first), Infinity);
    while (this.#bytes > this.#bytesMax && this.first < Math.min(keepFrom, this.#nextIndex)) {
      this.#dropFirst();
    }
  }

  compactTo(index: LogIndex): void {
    while (this.first <= index && this.first < this.#nextIndex) this.#dropFirst();
  }

  /** A snapshot took the place of everything: the next entry is `nextIndex`. */
  reset(nextIndex: LogIndex): void {
    this.#entries = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#nextIndex = nextIndex;
  }

  #truncate(from: LogIndex): void {
    assert(from <= this.#nextIndex, `entry ${from} is cached behind ${this.#nextIndex - 1}`);
    if (from <= this.first) {
      this.reset(from);
      return;
    }
    const kept = this.#head + from - this.first;
    for (let i = kept; i < this.#entries.length; i++) {
      this.#bytes -= entryBytes(this.#entries[i] as Entry);
    }
    this.#entries.length = kept;
    this.#nextIndex = from;
  }

  #dropFirst(): void {
    this.#bytes -= entryBytes(this.#entries[this.#head] as Entry);
    this.#entries[this.#head] = undefined;
    this.#head += 1;
    // Moving the rest down now and then keeps each removal cheap.
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}
