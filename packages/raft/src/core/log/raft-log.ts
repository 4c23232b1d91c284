/**
 * The log of one member, as its core sees it:
 *
 *     compacted ≤ applied ≤ commit ≤ last
 *     [ gone ](----------- in the store -----------][-- pending --]
 *             compactedIndex                stored            lastIndex
 *
 * `pending` are entries that were appended but not yet handed to the store. `durableIndex` is
 * what the store has made durable of the log as it now stands: a truncation lowers it, also
 * for batches that are still being written.
 */
import { assert } from "@caucus/base";
import { type Entry, entryBytes } from "../entry.ts";
import type { LogIndex, Term } from "../identity.ts";
import type { LogReader } from "../log-reader.ts";

export interface RaftLogStart {
  readonly compactedIndex: LogIndex;
  readonly compactedTerm: Term;
  readonly lastIndex: LogIndex;
  readonly appliedIndex: LogIndex;
}

export class RaftLog {
  readonly #reader: LogReader;
  #pending: Entry[] = [];
  compactedIndex: LogIndex;
  compactedTerm: Term;
  lastIndex: LogIndex;
  lastTerm: Term;
  commitIndex: LogIndex;
  /** Handed out for applying up to here. */
  appliedIndex: LogIndex;
  durableIndex: LogIndex;

  constructor(reader: LogReader, start: RaftLogStart) {
    this.#reader = reader;
    this.compactedIndex = start.compactedIndex;
    this.compactedTerm = start.compactedTerm;
    this.lastIndex = start.lastIndex;
    this.durableIndex = start.lastIndex;
    this.commitIndex = start.appliedIndex;
    this.appliedIndex = start.appliedIndex;
    this.lastTerm = this.term(start.lastIndex);
  }

  /** The term at `index`, which must be in [compactedIndex, lastIndex]. */
  term(index: LogIndex): Term {
    if (index === this.compactedIndex) return this.compactedTerm;
    assert(
      index > this.compactedIndex && index <= this.lastIndex,
      `term of ${index} asked, the log holds ${this.compactedIndex}..${this.lastIndex}`,
    );
    const pendingFrom = this.#pendingFrom();
    if (index >= pendingFrom) return (this.#pending[index - pendingFrom] as Entry).term;
    return this.#reader.term(index);
  }

  /** Whether the log holds an entry with this index and term (Raft §5.3, log matching). */
  matches(index: LogIndex, term: Term): boolean {
    if (index < this.compactedIndex || index > this.lastIndex) return false;
    return this.term(index) === term;
  }

  /** Raft §5.4.1: the other log is at least as complete as this one. */
  isUpToDate(otherLastIndex: LogIndex, otherLastTerm: Term): boolean {
    if (otherLastTerm !== this.lastTerm) return otherLastTerm > this.lastTerm;
    return otherLastIndex >= this.lastIndex;
  }

  /**
   * The largest index ≤ `index` whose term is ≤ `term`: below it two logs may still agree, above
   * it they can't. Lets a conflict be found in one round trip per term, not per entry.
   */
  conflictHint(index: LogIndex, term: Term): { readonly index: LogIndex; readonly term: Term } {
    let at = Math.min(index, this.lastIndex);
    while (at > this.compactedIndex && this.term(at) > term) at--;
    return { index: at, term: at < this.compactedIndex ? 0 : this.term(at) };
  }

  /** Entries in [from, to), cut after the one that reaches `bytesMax` (so at least one). */
  entries(from: LogIndex, to: LogIndex, bytesMax: number): readonly Entry[] {
    assert(
      from > this.compactedIndex && to <= this.lastIndex + 1,
      `entries ${from}..${to} asked, the log holds ${this.compactedIndex}..${this.lastIndex}`,
    );
    if (from >= to) return [];
    const pendingFrom = this.#pendingFrom();
    const stored =
      from < pendingFrom ? this.#reader.entries(from, Math.min(to, pendingFrom), bytesMax) : [];
    const reached = from + stored.length;
    if (reached < pendingFrom || reached >= to) return stored;
    const result = stored.slice();
    let bytes = 0;
    for (const entry of stored) bytes += entryBytes(entry);
    for (let index = reached; index < to && (bytes < bytesMax || result.length === 0); index++) {
      const entry = this.#pending[index - pendingFrom] as Entry;
      bytes += entryBytes(entry);
      result.push(entry);
    }
    return result;
  }

  /**
   * Appends entries that follow each other. A first index at or below `lastIndex` truncates the
   * conflicting tail. R4: never at or below the commit index.
   */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(
      first.index > this.commitIndex,
      `entry ${first.index} would replace a committed one (commit is ${this.commitIndex})`,
    );
    assert(first.index <= this.lastIndex + 1, `gap before entry ${first.index}`);
    if (first.index <= this.lastIndex) this.#truncateFrom(first.index);
    for (const entry of entries) this.#pending.push(entry);
    const last = entries[entries.length - 1] as Entry;
    this.lastIndex = last.index;
    this.lastTerm = last.term;
  }

  /** Hands the pending entries to the store: from now on the reader answers for them. */
  takePending(): readonly Entry[] {
    const pending = this.#pending;
    this.#pending = [];
    return pending;
  }

  hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** Starts anew behind an installed snapshot. Nothing counts as durable until it is. */
  restore(index: LogIndex, term: Term): void {
    this.#pending = [];
    this.compactedIndex = index;
    this.compactedTerm = term;
    this.lastIndex = index;
    this.lastTerm = term;
    this.commitIndex = index;
    this.appliedIndex = index;
    this.durableIndex = 0;
  }

  compact(index: LogIndex): void {
    assert(index <= this.appliedIndex, `compaction to ${index} beyond applied`);
    if (index <= this.compactedIndex) return;
    this.compactedTerm = this.term(index);
    this.compactedIndex = index;
  }

  #truncateFrom(index: LogIndex): void {
    const pendingFrom = this.#pendingFrom();
    this.#pending.length = Math.max(0, index - pendingFrom);
    this.durableIndex = Math.min(this.durableIndex, index - 1);
  }

  #pendingFrom(): LogIndex {
    return this.lastIndex + 1 - this.#pending.length;
  }
}
