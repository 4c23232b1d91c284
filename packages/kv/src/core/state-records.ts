/** What the state holds beside the keys of users; `wire/state-codec.ts` has its bytes. */

/** The last log entry whose effects the state holds. Both are 0 in an empty state. */
export interface AppliedPosition {
  readonly index: number;
  readonly term: number;
}

/** The latest applied configuration; its bytes mean nothing to kv. */
export interface StoredConfiguration {
  /** Index of the entry that set it; 0 for none. */
  readonly index: number;
  readonly data: Uint8Array;
}

/** What nearly every command reads and writes, in one record. */
export interface Counters {
  /** Of the last command that wrote something; 0 in an empty state. */
  readonly revision: number;
  /** The largest leader time of any applied command, ms since the epoch. Never goes back. */
  readonly leaderTimeMs: number;
  /** Open sessions, those counted in that have expired but are not yet swept. */
  readonly sessions: number;
  /** No session expires before; 0 while there is none. */
  readonly sweepAtMs: number;
  /** Recorded by set-node. */
  readonly nodes: number;
}

/** What automatic membership may do; the same for whoever leads, as it is replicated. */
export interface MembershipPolicy {
  /** Whether nodes that gossip nominates are taken in, and the long dead replaced. */
  readonly automatic: boolean;
  /** Labels that automation leaves alone, ascending, none twice. */
  readonly paused: readonly number[];
}

/** One row of the session table (Raft thesis §6.3). */
export interface SessionRecord {
  /** Leader time of the last request, ms since the epoch. */
  readonly lastUsedMs: number;
  /** No answer below it is kept, and no sequence below it is executed. */
  readonly lowestUnanswered: number;
  /** Encoded results by sequence, rising. Empty bytes: executed, but the answer was too large. */
  readonly answers: ReadonlyMap<number, Uint8Array>;
}
