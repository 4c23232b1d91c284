/** Fits any pair of stores into the conformance suites of raft and kv. */
import type { StateInstall, StateStore } from "@caucus/kv";
import type { StateStoreHarness } from "@caucus/kv/testing";
import { EMPTY_CONFIGURATION, type LogBatch, type LogStore } from "@caucus/raft";
import type { LogStoreHarness } from "@caucus/raft/testing";

/** What the suites need of a storage under test. */
export interface StorageUnderTest {
  readonly logStore: LogStore;
  readonly stateStore: StateStore;
  close(): Promise<void>;
  /** Opens what was closed before. */
  open(): Promise<StorageUnderTest>;
  breakDisk?(): void;
  /** Called once at the end of a test, behind the last close. */
  remove(): Promise<void>;
}

export function logStoreHarness(storage: StorageUnderTest): LogStoreHarness {
  const harness: LogStoreHarness = {
    store: storage.logStore,
    async sealGeneration() {
      const install = storage.stateStore.beginInstall();
      await settled((done) => install.seal(done));
      return install;
    },
    async reopen() {
      await storage.close();
      return logStoreHarness(await storage.open());
    },
    async close() {
      await storage.close();
      await storage.remove();
    },
  };
  const breakDisk = storage.breakDisk?.bind(storage);
  return breakDisk === undefined ? harness : { ...harness, breakDisk };
}

export function stateStoreHarness(storage: StorageUnderTest): StateStoreHarness {
  const { logStore, stateStore } = storage;
  let snapshotIndex = logStore.opened.lastIndex;
  return {
    store: stateStore,
    flush: () => settled((done) => logStore.write(batch({}), done)),
    async flip(generation: StateInstall) {
      snapshotIndex += 1;
      const meta = {
        index: snapshotIndex,
        term: 1,
        configuration: EMPTY_CONFIGURATION,
        configurationIndex: 0,
      };
      const install = { meta, generation, discard: () => generation.discard() };
      await settled((done) => logStore.write(batch({ install }), done));
    },
    async reopen() {
      await storage.close();
      return stateStoreHarness(await storage.open());
    },
    async close() {
      await storage.close();
      await storage.remove();
    },
  };
}

export function batch(parts: Partial<LogBatch>): LogBatch {
  return { hardState: undefined, entries: [], install: undefined, ...parts };
}

export function settled(start: (done: (error?: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === undefined ? resolve() : reject(error)));
  });
}
