import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testStateStore } from "@caucus/kv/testing";
import { testLogStore } from "@caucus/raft/testing";
import { openStorage } from "@caucus/storage";
import { logStoreHarness, type StorageUnderTest, stateStoreHarness } from "./harness.ts";

testLogStore("RocksDB", async () => logStoreHarness(await openNew()));
testStateStore("RocksDB", async () => stateStoreHarness(await openNew()));

async function openNew(): Promise<StorageUnderTest> {
  return await open(await mkdtemp(join(tmpdir(), "caucus-storage-")));
}

async function open(directory: string): Promise<StorageUnderTest> {
  const { logStore, stateStore, close } = await openStorage({ directory, label: 1 });
  return {
    logStore,
    stateStore,
    close,
    open: () => open(directory),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
