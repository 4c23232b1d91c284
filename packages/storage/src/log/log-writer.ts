import { assert } from "@caucus/base";
import type { LogBatch, LogIndex, Term } from "@caucus/raft";
import { GenerationInstall, type Generations } from "../generation-install.ts";
import type { Journal, JournalCallback } from "../write.ts";
import type { LogFrontier } from "./log-frontier.ts";

/** The writing half of every LogStore: checks batches, journals them, flips generations. */
export class LogWriter {
  readonly #frontier: LogFrontier;
  readonly #journal: Journal;
  readonly #generations: Generations;
  #closed = false;

  constructor(frontier: LogFrontier, journal: Journal, generations: Generations) {
    this.#frontier = frontier;
    this.#journal = journal;
    this.#generations = generations;
  }

  write(batch: LogBatch, done: JournalCallback, written?: JournalCallback): void {
    assert(!this.#closed, "write to a closed log");
    const install = batch.install?.generation;
    assert(
      batch.install === undefined || install instanceof GenerationInstall,
      "the installed generation is not of this storage",
    );
    const generation = install instanceof GenerationInstall ? install.startFlip() : undefined;
    const durable = (error?: Error): void => {
      if (error === undefined && generation !== undefined) this.#flip(generation);
      done(error);
    };
    this.#journal.append(this.#frontier.write(batch, generation), durable, written);
  }

  compact(index: LogIndex, term: Term): void {
    if (!this.#frontier.compact(index, term)) return;
    this.#journal.append({ kind: "compact", index, term }, () => undefined);
  }

  close(done: () => void): void {
    this.#closed = true;
    this.#journal.flush(() => done());
  }

  /** Readers move to the new state when it is durable, so that none of them is ahead of the disk. */
  #flip(generation: number): void {
    const old = this.#generations.flipTo(generation);
    this.#journal.append({ kind: "generation-drop", generation: old }, () => undefined);
  }
}
