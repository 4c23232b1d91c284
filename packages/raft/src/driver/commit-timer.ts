import type { LogIndex } from "../core/identity.ts";

interface WrittenBatch {
  readonly lastIndex: LogIndex;
  readonly writtenMs: number;
}

/** Batches beyond it are not timed. */
const BATCHES_MAX = 1_024;

/**
 * How long the batches of a leader take from being handed to its own disk to the commit of their
 * last entry. One note per batch.
 */
export class CommitTimer {
  readonly #observe: (latencyMs: number) => void;
  #batches: WrittenBatch[] = [];

  constructor(observe: (latencyMs: number) => void) {
    this.#observe = observe;
  }

  written(lastIndex: LogIndex, nowMs: number): void {
    if (this.#batches.length < BATCHES_MAX) this.#batches.push({ lastIndex, writtenMs: nowMs });
  }

  committed(commitIndex: LogIndex, nowMs: number): void {
    let ended = 0;
    for (const { lastIndex, writtenMs } of this.#batches) {
      if (lastIndex > commitIndex) break;
      this.#observe(nowMs - writtenMs);
      ended += 1;
    }
    if (ended > 0) this.#batches = this.#batches.slice(ended);
  }

  /** Leadership is lost: whether and when these entries commit is no longer seen here. */
  clear(): void {
    if (this.#batches.length > 0) this.#batches = [];
  }
}
