import { readFile } from "node:fs/promises";
import { CaucusError } from "@caucus/base";
import type { ClusterId } from "@caucus/raft";
import { replaceFile } from "./durable-file.ts";
import {
  decodeIdentity,
  encodeIdentity,
  type Identity,
  type IdentityStore,
  identityInCluster,
  identityWithPromise,
} from "./identity.ts";

/** Undefined when the file does not exist; throws a coded error that names it when damaged. */
export async function readIdentityFile(path: string): Promise<Identity | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return decodeIdentity(text);
  } catch (thrown) {
    const error = CaucusError.from(thrown);
    throw new CaucusError(error.code, `the identity file ${path} can't be used: ${error.message}`, {
      cause: thrown,
    });
  }
}

/** The identity of an open data directory: replaced as a whole and fsynced at every change. */
export class IdentityFile implements IdentityStore {
  readonly #path: string;
  #current: Identity;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, identity: Identity) {
    this.#path = path;
    this.#current = identity;
  }

  get current(): Identity {
    return this.#current;
  }

  joinCluster(cluster: ClusterId): Promise<void> {
    return this.#change((identity) => identityInCluster(identity, cluster));
  }

  setPromise(promise: string | undefined): Promise<void> {
    return this.#change((identity) => identityWithPromise(identity, promise));
  }

  /** Resolves when no change is under way. */
  settled(): Promise<void> {
    return this.#last;
  }

  #change(change: (identity: Identity) => Identity): Promise<void> {
    const changed = this.#last.then(async () => {
      const identity = change(this.#current);
      await replaceFile(this.#path, encodeIdentity(identity));
      this.#current = identity;
    });
    // A change that failed has changed nothing: the next one starts from what is there.
    this.#last = changed.catch(() => undefined);
    return changed;
  }
}
