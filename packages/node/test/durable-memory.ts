import { randomBytes } from "node:crypto";
import {
  DeferredJournal,
  type Identity,
  MemoryIdentityStore,
  MemoryStorage,
  type OpenedStorage,
  StorageImage,
} from "@caucus/storage";

/** A data directory in memory: what is in it survives the stop of a node. */
export class DurableMemory {
  readonly #image: StorageImage;
  #identity: Identity;

  private constructor(image: StorageImage, identity: Identity) {
    this.#image = image;
    this.#identity = identity;
  }

  static create(label: number): DurableMemory {
    const memberKey = randomBytes(16).toString("hex");
    const identity = { memberKey, label, startCounter: 0, cluster: undefined, promise: undefined };
    return new DurableMemory(new StorageImage(memberKey), identity);
  }

  /** A backup of the directory, to be restored later. */
  copy(): DurableMemory {
    return new DurableMemory(this.#image.copy(), this.#identity);
  }

  get identity(): Identity {
    return this.#identity;
  }

  open(): OpenedStorage {
    const { startCounter } = this.#identity;
    const store = new MemoryIdentityStore({ ...this.#identity, startCounter: startCounter + 1 });
    this.#identity = store.current;
    const journal = new DeferredJournal((run) => void setImmediate(run));
    const storage = new MemoryStorage(this.#image, journal);
    const keep = (): void => {
      this.#identity = store.current;
    };
    return {
      kind: "memory",
      identity: {
        get current() {
          return store.current;
        },
        joinCluster: (cluster) => store.joinCluster(cluster).then(keep),
        setPromise: (promise) => store.setPromise(promise).then(keep),
      },
      logStore: storage.logStore,
      stateStore: storage.stateStore,
      close: () => new Promise((resolve) => storage.logStore.close(resolve)),
    };
  }
}
