import assert from "node:assert/strict";
import { open, readdir, rm, stat, truncate } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { CaucusError } from "@caucus/base";
import { discardData, openStorage } from "@caucus/storage";
import { startProgram, temporaryDirectory, WRITER_PROGRAM } from "./child-process.ts";

const BATCHES_MIN = 100;

/** RocksDB opens all of these without a complaint, or with less than it had acknowledged. */
const damages: Readonly<Record<string, (file: string) => Promise<void>>> = {
  flipped: flipMiddleByte,
  truncated: async (file) => truncate(file, Math.floor((await stat(file)).size / 2)),
  deleted: (file) => rm(file),
};

for (const [name, damage] of Object.entries(damages)) {
  it(`S4: refuses to start when the newest write-ahead-log file was ${name}`, async () => {
    const directory = await temporaryDirectory();
    try {
      await writeAndKill(directory.path);
      await damage(await newestLogFile(join(directory.path, "db")));
      // Twice: the first attempt must not repair what it refuses.
      for (let attempt = 0; attempt < 2; attempt++) {
        const error = await refusal(directory.path);
        assert.equal(error.code, "poisoned");
        for (const part of [directory.path, join(directory.path, "db"), "rejoin --discard-data"]) {
          assert.ok(error.message.includes(part), error.message);
        }
      }
      assert.deepEqual(await discardData(directory.path), { label: 1 });
      const storage = await openStorage({ directory: directory.path, label: 1 });
      assert.equal(storage.logStore.opened.lastIndex, 0);
      await storage.close();
    } finally {
      await directory.remove();
    }
  });
}

async function refusal(directory: string): Promise<CaucusError> {
  try {
    const storage = await openStorage({ directory, label: 1 });
    await storage.close();
  } catch (error) {
    assert.ok(error instanceof CaucusError, String(error));
    return error;
  }
  throw new Error("the damaged database was opened");
}

async function writeAndKill(directory: string): Promise<void> {
  const program = startProgram(process.execPath, [WRITER_PROGRAM, directory]);
  try {
    let acked = 0;
    await program.line(({ kind }) => kind === "acked" && ++acked >= BATCHES_MIN);
  } finally {
    program.kill("SIGKILL");
    await program.ended;
  }
}

async function newestLogFile(database: string): Promise<string> {
  const logs = (await readdir(database)).filter((name) => /^\d+\.log$/.test(name)).sort();
  return join(database, logs.at(-1) as string);
}

async function flipMiddleByte(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    const at = Math.floor((await file.stat()).size / 2);
    const byte = new Uint8Array(1);
    await file.read(byte, 0, 1, at);
    byte[0] = (byte[0] as number) ^ 0x01;
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
}
