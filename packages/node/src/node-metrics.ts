import type { DriverCounts } from "@caucus/raft";
import type { StorageCounts } from "@caucus/storage";

/** Hears of what takes time: once per batch, never per entry. Called inside a turn: do little. */
export interface NodeObserver {
  /** The leader: a batch is committed, so long after it was handed to the own disk. */
  committed(latencyMs: number): void;
  /** Storage has written and fsynced a batch. */
  synced(durationMs: number): void;
}

/** Appends on their way to one peer; known to a leader only. */
export interface PeerInflight {
  readonly label: number;
  readonly appends: number;
}

export interface NodeCounts {
  /** Undefined while the node belongs to no cluster. */
  readonly raft: (DriverCounts & { readonly inflight: readonly PeerInflight[] }) | undefined;
  /** Undefined where nothing goes to a disk. */
  readonly storage: StorageCounts | undefined;
}

/** What a node that takes part in Raft counts and measures, for whoever publishes it. */
export interface NodeMetrics {
  counts(): NodeCounts;
  /** Bytes of the database's files; 0 where nothing goes to a disk. */
  diskBytes(): Promise<number>;
  /** From now on; one observer. */
  observe(observer: NodeObserver): void;
}
