import { Generations } from "../generation-install.ts";
import type { Journal, JournalCallback, StorageWrite } from "../write.ts";
import { MemoryLogStore } from "./memory-log-store.ts";
import { MemoryStateStore } from "./memory-state-store.ts";
import type { StorageImage } from "./storage-image.ts";

/**
 * Both stores of a member in memory. Reads see every write at once; `journal` decides when a write
 * is durable. The simulator passes a journal that keeps the writes: applying those that survived
 * to a copy of `image` gives the image to open after a crash.
 */
export class MemoryStorage {
  readonly logStore: MemoryLogStore;
  readonly stateStore: MemoryStateStore;

  /** Takes `image` over: it changes with every write. */
  constructor(image: StorageImage, journal: Journal) {
    const generations = new Generations(image.generation);
    const applying: Journal = {
      append(write: StorageWrite, durable: JournalCallback, written?: JournalCallback): void {
        image.apply(write);
        journal.append(write, durable, written);
      },
      flush: (done) => journal.flush(done),
    };
    for (const generation of image.unusedGenerations()) {
      applying.append({ kind: "generation-drop", generation }, () => undefined);
    }
    this.logStore = new MemoryLogStore(image, applying, generations);
    this.stateStore = new MemoryStateStore(image, applying, generations);
  }
}
