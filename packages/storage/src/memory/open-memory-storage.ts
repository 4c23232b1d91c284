import { randomBytes } from "node:crypto";
import {
  type Identity,
  type IdentityStore,
  identityInCluster,
  identityWithPromise,
} from "../identity.ts";
import type { OpenedStorage } from "../opened-storage.ts";
import { type Defer, DeferredJournal } from "./deferred-journal.ts";
import { MemoryStorage } from "./memory-storage.ts";
import { StorageImage } from "./storage-image.ts";

export interface MemoryStorageOptions {
  /** The number of `--id`. */
  readonly label: number;
  /** When writes become durable; default: with the next turn of the event loop. */
  readonly defer?: Defer;
}

/** Storage that forgets everything at the end of the process: each opening is a new member. */
export function openMemoryStorage(options: MemoryStorageOptions): OpenedStorage {
  const memberKey = randomBytes(16).toString("hex");
  const journal = new DeferredJournal(options.defer ?? ((run) => void setImmediate(run)));
  const storage = new MemoryStorage(new StorageImage(memberKey), journal);
  const identity = new MemoryIdentityStore({
    memberKey,
    label: options.label,
    startCounter: 1,
    cluster: undefined,
    promise: undefined,
  });
  return {
    kind: "memory",
    identity,
    logStore: storage.logStore,
    stateStore: storage.stateStore,
    close: () => new Promise((resolve) => storage.logStore.close(resolve)),
  };
}

/** An identity that lives as long as the process. */
export class MemoryIdentityStore implements IdentityStore {
  #current: Identity;

  constructor(identity: Identity) {
    this.#current = identity;
  }

  get current(): Identity {
    return this.#current;
  }

  async joinCluster(cluster: string): Promise<void> {
    this.#current = identityInCluster(this.#current, cluster);
  }

  async setPromise(promise: string | undefined): Promise<void> {
    this.#current = identityWithPromise(this.#current, promise);
  }
}
