import { isSynced, type Journal, type JournalCallback, type StorageWrite } from "../write.ts";

/** Runs `run` later, never inside the call, in the order of the calls. */
export type Defer = (run: () => void) => void;

/** A journal without a disk: a synced write is durable as soon as `defer` runs. */
export class DeferredJournal implements Journal {
  readonly #defer: Defer;
  #waiting: JournalCallback[] = [];

  constructor(defer: Defer) {
    this.#defer = defer;
  }

  append(write: StorageWrite, durable: JournalCallback, written?: JournalCallback): void {
    if (written !== undefined) this.#defer(written);
    this.#waiting.push(durable);
    if (isSynced(write)) this.#release();
  }

  flush(done: JournalCallback): void {
    this.#waiting.push(done);
    this.#release();
  }

  #release(): void {
    const group = this.#waiting;
    this.#waiting = [];
    this.#defer(() => {
      for (const durable of group) durable();
    });
  }
}
