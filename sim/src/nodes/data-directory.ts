import type { MemberKey } from "@caucus/raft";
import {
  type Identity,
  type IdentityStore,
  MemoryIdentityStore,
  type OpenedStorage,
} from "@caucus/storage";
import type { Dice } from "../dice.ts";
import { type DiskEnvironment, type DiskSession, SimulatedDisk } from "../disk.ts";
import { createLogStore, createStateStore, type LogStoreObserver } from "../disk-ports.ts";

/** The process that has opened a data directory. */
export interface DirectoryOwner extends LogStoreObserver {
  /** Runs one event of the process, if it still lives. */
  enter(event: () => void): void;
  bound(before: Identity, after: Identity): void;
}

export interface OpenedDirectory {
  readonly storage: OpenedStorage;
  readonly session: DiskSession;
}

/**
 * What a machine keeps: a disk for log and state, and the identity file beside it. A change of the
 * identity takes a moment to be synced; a crash meanwhile leaves either the old file or the new one.
 */
export class DataDirectory {
  readonly disk: SimulatedDisk;
  readonly #dice: Dice;
  #identity: Identity;
  /** Being written. */
  #next: Identity | undefined;

  constructor(key: MemberKey, label: number, environment: DiskEnvironment) {
    this.disk = new SimulatedDisk(key, environment);
    this.#dice = environment.dice;
    this.#identity = {
      memberKey: key,
      label,
      startCounter: 0,
      cluster: undefined,
      promise: undefined,
    };
  }

  /** As it is on disk. */
  get identity(): Identity {
    return this.#identity;
  }

  open(owner: DirectoryOwner): OpenedDirectory {
    const opening = this.disk.open();
    if (opening.kind === "refused") throw new Error(`refused by its fence: ${opening.message}`);
    this.#identity = { ...this.#identity, startCounter: this.#identity.startCounter + 1 };
    const { session } = opening;
    const logStore = createLogStore(session, owner);
    const storage: OpenedStorage = {
      kind: "memory",
      identity: this.#openIdentity(session, owner),
      logStore: {
        ...logStore,
        write: (batch, done) => logStore.write(batch, (error) => owner.enter(() => done(error))),
      },
      stateStore: createStateStore(session),
      close: () =>
        new Promise((resolve) => session.later(this.#syncMs(), () => owner.enter(resolve))),
    };
    return { storage, session };
  }

  /** The process is gone. */
  crash(): void {
    this.disk.crash();
    if (this.#next !== undefined && this.#dice.chance(0.5)) this.#identity = this.#next;
    this.#next = undefined;
  }

  #openIdentity(session: DiskSession, owner: DirectoryOwner): IdentityStore {
    let current = this.#identity;
    let last: Promise<void> = Promise.resolve();
    const write = async (change: (store: MemoryIdentityStore) => Promise<void>): Promise<void> => {
      const store = new MemoryIdentityStore(current);
      await change(store);
      const next = store.current;
      this.#next = next;
      await new Promise<void>((resolve) => {
        session.later(this.#syncMs(), () => owner.enter(resolve));
      });
      const before = current;
      this.#next = undefined;
      this.#identity = next;
      current = next;
      owner.bound(before, next);
    };
    const queued = (change: (store: MemoryIdentityStore) => Promise<void>): Promise<void> => {
      const result = last.then(() => write(change));
      last = result.catch(() => {});
      return result;
    };
    return {
      get current() {
        return current;
      },
      joinCluster: (cluster) => queued((store) => store.joinCluster(cluster)),
      setPromise: (promise) => queued((store) => store.setPromise(promise)),
    };
  }

  #syncMs(): number {
    const { syncMsMin, syncMsMax } = this.disk.environment.options;
    return this.#dice.uniform(syncMsMin, syncMsMax) * this.disk.slowness;
  }
}
