/** One row of the session table (Raft thesis §6.3). */
export interface SessionRecord {
  /** Leader time of the last request, ms since the epoch. */
  readonly lastUsedMs: number;
  /** No answer below it is kept, and no sequence below it is executed. */
  readonly lowestUnanswered: number;
  /** Encoded results by sequence, rising. Empty bytes: executed, but the answer was too large. */
  readonly answers: ReadonlyMap<number, Uint8Array>;
}
