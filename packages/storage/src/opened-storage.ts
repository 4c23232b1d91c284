import type { StateStore } from "@caucus/kv";
import type { LogStore } from "@caucus/raft";
import type { IdentityStore } from "./identity.ts";

/** What storage has done since it was opened, and what waits in it now. */
export interface StorageCounts {
  /** Writes that the disk took, each of everything that waited for it. */
  readonly groups: number;
  /** Of these, the ones that were fsynced. */
  readonly syncs: number;
  readonly bytesWritten: number;
  /** Handed over and not yet taken by the disk. */
  readonly bytesWaiting: number;
}

/** Measures of a storage that has a disk. */
export interface StorageMeter {
  counts(): StorageCounts;
  /** Size of the files of the database. */
  diskBytes(): Promise<number>;
  /** `synced` hears how long each fsynced write took, from now on; one listener. */
  observe(synced: (durationMs: number) => void): void;
}

/** What a member keeps, open and owned by this process. */
export interface OpenedStorage {
  readonly kind: "rocksdb" | "memory";
  readonly identity: IdentityStore;
  readonly logStore: LogStore;
  readonly stateStore: StateStore;
  /** Undefined where nothing goes to a disk. */
  readonly meter?: StorageMeter | undefined;
  /** Makes everything written durable and releases threads and files. Idempotent. */
  close(): Promise<void>;
}
