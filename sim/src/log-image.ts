import { assert } from "@caucus/base";
import type { Entry, HardState, LogIndex, LogReader, LogState, Term } from "@caucus/raft";
import { entryBytes } from "@caucus/raft";

/** What a checker may see of a log. */
export interface LogView {
  readonly hardState: HardState;
  readonly compactedIndex: LogIndex;
  readonly compactedTerm: Term;
  readonly lastIndex: LogIndex;
  /** Undefined when it is compacted away or was never there. */
  entryAt(index: LogIndex): Entry | undefined;
}

/** Contents of a log at one moment: the live one that a node sees, or what its disk holds. */
export class LogImage implements LogReader, LogView {
  hardState: HardState = { term: 0, vote: undefined };
  #compactedIndex: LogIndex = 0;
  #compactedTerm: Term = 0;
  /** The entry with index compactedIndex + 1 first. */
  #entries: Entry[] = [];

  get compactedIndex(): LogIndex {
    return this.#compactedIndex;
  }

  get compactedTerm(): Term {
    return this.#compactedTerm;
  }

  get lastIndex(): LogIndex {
    return this.#compactedIndex + this.#entries.length;
  }

  entryAt(index: LogIndex): Entry | undefined {
    return this.#entries[index - this.#compactedIndex - 1];
  }

  term(index: LogIndex): Term {
    const entry = this.entryAt(index);
    assert(entry !== undefined, `log asked for the term of ${index}, it holds ${this.#range()}`);
    return entry.term;
  }

  entries(from: LogIndex, to: LogIndex, bytesMax: number): readonly Entry[] {
    assert(
      from > this.#compactedIndex && to <= this.lastIndex + 1,
      `log asked for [${from}, ${to}), it holds ${this.#range()}`,
    );
    const found: Entry[] = [];
    let bytes = 0;
    for (let index = from; index < to && bytes < bytesMax; index++) {
      const entry = this.entryAt(index) as Entry;
      found.push(entry);
      bytes += entryBytes(entry);
    }
    return found;
  }

  /** Drops everything from the first index on, then appends. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(
      first.index > this.#compactedIndex && first.index <= this.lastIndex + 1,
      `append at ${first.index} to a log that holds ${this.#range()}`,
    );
    this.#entries.length = first.index - this.#compactedIndex - 1;
    for (const entry of entries) {
      assert(entry.index === this.lastIndex + 1, `gap in the appended entries at ${entry.index}`);
      this.#entries.push(entry);
    }
  }

  /** Empties the log: it goes on behind `index`. */
  startAfter(index: LogIndex, term: Term): void {
    this.#entries = [];
    this.#compactedIndex = index;
    this.#compactedTerm = term;
  }

  compact(index: LogIndex, term: Term): void {
    if (index <= this.#compactedIndex) return;
    assert(index <= this.lastIndex, `compaction at ${index} of a log that holds ${this.#range()}`);
    assert(this.term(index) === term, `compaction at ${index} with a wrong term ${term}`);
    this.#entries = this.#entries.slice(index - this.#compactedIndex);
    this.#compactedIndex = index;
    this.#compactedTerm = term;
  }

  state(): LogState {
    return {
      hardState: this.hardState,
      compactedIndex: this.#compactedIndex,
      compactedTerm: this.#compactedTerm,
      lastIndex: this.lastIndex,
    };
  }

  clone(): LogImage {
    const copy = new LogImage();
    copy.hardState = this.hardState;
    copy.#compactedIndex = this.#compactedIndex;
    copy.#compactedTerm = this.#compactedTerm;
    copy.#entries = this.#entries.slice();
    return copy;
  }

  #range(): string {
    return `(${this.#compactedIndex}, ${this.lastIndex}]`;
  }
}
