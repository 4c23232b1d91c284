import type { Entry, LogIndex, Term } from "@caucus/raft";

export interface CommittedEntry {
  readonly entry: Entry;
  /** Term of the node that first knew it to be committed. */
  readonly committedInTerm: Term;
}

/** The one log that all nodes agree on, as far as anybody has committed it. */
export class CommittedLog {
  readonly #entries: CommittedEntry[] = [];

  get lastIndex(): LogIndex {
    return this.#entries.length;
  }

  at(index: LogIndex): CommittedEntry | undefined {
    return this.#entries[index - 1];
  }

  /** Whether this is the committed entry at its index. */
  holds(index: LogIndex, term: Term): boolean {
    return this.at(index)?.entry.term === term;
  }

  /** Indexes are committed in order. */
  add(entry: Entry, committedInTerm: Term): void {
    this.#entries[entry.index - 1] = { entry, committedInTerm };
  }
}

/** Same kind and bytes. */
export function sameEntry(a: Entry, b: Entry): boolean {
  if (a === b) return true;
  if (a.index !== b.index || a.term !== b.term || a.kind !== b.kind) return false;
  return a.data === b.data || Buffer.compare(a.data, b.data) === 0;
}
