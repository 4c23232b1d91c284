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
import type { Generations } from "../generation-install.ts";
import { LogFrontier } from "../log/log-frontier.ts";
import { LogWriter } from "../log/log-writer.ts";
import type { Journal } from "../write.ts";
import type { StorageImage } from "./storage-image.ts";

/** LogStore over a StorageImage that already contains everything written. */
export class MemoryLogStore implements LogStore {
  readonly opened: LogState;
  readonly #image: StorageImage;
  readonly #frontier: LogFrontier;
  readonly #writer: LogWriter;

  constructor(image: StorageImage, journal: Journal, generations: Generations) {
    this.#image = image;
    this.#frontier = new LogFrontier(image.compacted, image.hardState);
    for (let index = image.compacted.index + 1; index <= image.lastIndex; index++) {
      this.#frontier.recover(index, image.termAt(index) as Term);
    }
    this.#writer = new LogWriter(this.#frontier, journal, generations);
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
    this.#writer.write(batch, done);
  }

  compact(index: LogIndex, term: Term): void {
    this.#writer.compact(index, term);
  }

  close(done: () => void): void {
    this.#writer.close(done);
  }
}
