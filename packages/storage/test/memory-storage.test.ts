import { testStateStore } from "@caucus/kv/testing";
import { testLogStore } from "@caucus/raft/testing";
import {
  DeferredJournal,
  type Journal,
  type JournalCallback,
  MemoryStorage,
  StorageImage,
  type StorageWrite,
} from "@caucus/storage";
import { logStoreHarness, type StorageUnderTest, stateStoreHarness } from "./harness.ts";

const MEMBER = "0123456789abcdef0123456789abcdef";

testLogStore("MemoryStorage", () => logStoreHarness(open(new StorageImage(MEMBER))));
testStateStore("MemoryStorage", () => stateStoreHarness(open(new StorageImage(MEMBER))));

/** Applies what is durable to `disk`, as the simulator does, and fails once broken. */
class ImageJournal implements Journal {
  readonly #disk: StorageImage;
  readonly #inner: Journal = new DeferredJournal((run) => void setImmediate(run));
  #failure: Error | undefined;

  constructor(disk: StorageImage) {
    this.#disk = disk;
  }

  breakDisk(): void {
    this.#failure = new Error("the disk is broken");
  }

  append(write: StorageWrite, durable: JournalCallback, written?: JournalCallback): void {
    const applied = (): void => {
      const failure = this.#failure;
      if (failure === undefined) this.#disk.apply(write);
      durable(failure);
    };
    this.#inner.append(write, applied, written);
  }

  flush(done: JournalCallback): void {
    this.#inner.flush(done);
  }
}

/** The stores work on a copy: opening again shows that the writes alone say everything. */
function open(disk: StorageImage): StorageUnderTest {
  const journal = new ImageJournal(disk);
  const { logStore, stateStore } = new MemoryStorage(disk.copy(), journal);
  return {
    logStore,
    stateStore,
    close: () => new Promise((resolve) => logStore.close(resolve)),
    open: async () => open(disk),
    breakDisk: () => journal.breakDisk(),
    remove: async () => undefined,
  };
}
