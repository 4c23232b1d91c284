import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testStateStore } from "@caucus/kv/testing";
import { testLogStore } from "@caucus/raft/testing";
import { openStorage } from "@caucus/storage";
import { logStoreHarness, type StorageUnderTest, stateStoreHarness } from "./harness.ts";

// S2-07: log and state are both in RocksDB.
testLogStore("RocksDB", async () => logStoreHarness(await openNew()));
testStateStore("RocksDB", async () => stateStoreHarness(await openNew()));
// Every read of an entry that the database has taken goes to the database.
testLogStore("RocksDB without an entry cache", async () => logStoreHarness(await openNew(0)));

async function openNew(entryCacheBytes?: number): Promise<StorageUnderTest> {
  return await open(await mkdtemp(join(tmpdir(), "caucus-storage-")), entryCacheBytes);
}

async function open(
  directory: string,
  entryCacheBytes: number | undefined,
): Promise<StorageUnderTest> {
  const limit = entryCacheBytes === undefined ? {} : { entryCacheBytes };
  const { logStore, stateStore, close } = await openStorage({ directory, label: 1, ...limit });
  const storage: StorageUnderTest = {
    logStore,
    stateStore,
    close,
    open: () => open(directory, entryCacheBytes),
    async remove() {
      if (canLimitFiles) limitFiles("unlimited");
      await rm(directory, { recursive: true, force: true });
    },
  };
  return canLimitFiles ? { ...storage, breakDisk: () => limitFiles("0") } : storage;
}

/** Files of this process can't grow beyond the soft limit: writing to them fails with EFBIG. */
function limitFiles(bytes: string): boolean {
  const limit = spawnSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
  return limit.error === undefined && limit.status === 0;
}

const canLimitFiles: boolean = limitFiles("unlimited");
