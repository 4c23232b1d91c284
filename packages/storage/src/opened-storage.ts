import type { StateStore } from "@caucus/kv";
import type { LogStore } from "@caucus/raft";
import type { IdentityStore } from "./identity.ts";

/** What a member keeps, open and owned by this process. */
export interface OpenedStorage {
  readonly kind: "rocksdb" | "memory";
  readonly identity: IdentityStore;
  readonly logStore: LogStore;
  readonly stateStore: StateStore;
  /** Makes everything written durable and releases threads and files. Idempotent. */
  close(): Promise<void>;
}
