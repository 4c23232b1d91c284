import type { Entry } from "./entry.ts";
import type { LogIndex, Term } from "./identity.ts";

/**
 * Synchronous view of the entries that were handed to the log store, durable or not.
 * The core asks only for indexes in (compactedIndex, last appended].
 */
export interface LogReader {
  /** The term of an entry that the log holds. */
  term(index: LogIndex): Term;
  /**
   * Entries in [from, to), cut after the one that reaches `bytesMax` (entryBytes), so at least
   * one when from < to.
   */
  entries(from: LogIndex, to: LogIndex, bytesMax: number): readonly Entry[];
}
