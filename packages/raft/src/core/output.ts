import type { SnapshotMeta } from "./configuration.ts";
import type { Entry, HardState } from "./entry.ts";
import type { LogIndex, MemberKey } from "./identity.ts";
import type { Message } from "./message.ts";

/** One batch for the log store: durable as a whole, in the order of `sequence`. */
export interface PersistBatch {
  /** Rises by one per batch; given back to `Raft.persisted` when the batch is durable. */
  readonly sequence: number;
  readonly hardState: HardState | undefined;
  /**
   * Entries to append, without gaps. When the first index is at or below the store's last,
   * the store drops everything from that index on first (a conflicting tail, Raft §5.3).
   */
  readonly entries: readonly Entry[];
  /** The received snapshot replaces state and log: the log starts anew behind `index`. */
  readonly snapshot: SnapshotMeta | undefined;
}

/** A confirmed read of this node: answer it once the state machine has applied `index`. */
export interface ConfirmedRead {
  readonly number: number;
  readonly index: LogIndex;
}

/** What the driver must do now. Everything that must wait for the disk is held back by the core. */
export interface Output {
  /** To be sent at once, also while `persist` is being written (thesis §10.2.1). */
  readonly messages: readonly Message[];
  readonly persist: PersistBatch | undefined;
  /** Committed and durable here: apply in order. */
  readonly committed: readonly Entry[];
  readonly reads: readonly ConfirmedRead[];
  /** Followers whose next entry is compacted away: send each a snapshot, then report the end. */
  readonly snapshotTargets: readonly MemberKey[];
}
