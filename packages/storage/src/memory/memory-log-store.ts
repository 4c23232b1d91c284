import { assert } from "@caucus/base";
import {
  type Entry,
  entryBytes,
  type LogBatch,
  type LogIndex,
  type LogState,
  type LogStore,
  type Term,
} from "@caucus/raft";
import { GenerationInstall, type Generations } from "../generation-install.ts";
import { LogFrontier } from "../log/log-frontier.ts";
import type { Journal } from "../write.ts";
import type { StorageImage } from "./storage-image.ts";

/** LogStore over a StorageImage that already contains everything written. */
export class MemoryLogStore implements LogStore {
  readonly opened: LogState;
  readonly #image: StorageImage;
  readonly #journal: Journal;
  readonly #generations: Generations;
  readonly #frontier: LogFrontier;
  #closed = false;

  constructor(image: StorageImage, journal: Journal, generations: Generations) {
    this.#image = image;
    this.#journal = journal;
    this.#generations = generations;
    this.#frontier = new LogFrontier(image.compacted, image.hardState);
    for (let index = image.compacted.index + 1; index <= image.lastIndex; index++) {
      this.#frontier.recover(index, image.termAt(index) as Term);
    }
    this.opened = {
      hardState: image.hardState,
      compactedIndex: image.compacted.index,
      compactedTerm: image.compacted.term,
      lastIndex: image.lastIndex,
    };
  }

  term(index: LogIndex): Term {
    const term = this.#frontier.termAt(index);
    assert(term !== undefined, `term of ${index}, which the log does not hold`);
    return term;
  }

  entries(from: LogIndex, to: LogIndex, bytesMax: number): readonly Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    for (let index = from; index < to && (bytes < bytesMax || index === from); index++) {
      const entry = this.#image.entry(index);
      assert(entry !== undefined, `entry ${index}, which the log does not hold`);
      entries.push(entry);
      bytes += entryBytes(entry);
    }
    return entries;
  }

  write(batch: LogBatch, done: (error?: Error) => void): void {
    assert(!this.#closed, "write to a closed log");
    const install = batch.install?.generation;
    assert(
      install === undefined || install instanceof GenerationInstall,
      "the installed generation is not of this storage",
    );
    const generation = install?.startFlip();
    const write = this.#frontier.write(batch, generation);
    this.#journal.append(write, (error) => {
      if (error === undefined && generation !== undefined) this.#flip(generation);
      done(error);
    });
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
