import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CaucusError } from "@caucus/base";
import type { Entry } from "@caucus/raft";
import { discardData, openMemoryStorage, openStorage } from "@caucus/storage";
import { loadRocksBinding } from "../src/rocksdb/binding.ts";
import { entryKey, META_KEY } from "../src/rocksdb/key-layout.ts";
import { copyBuild } from "./build-copy.ts";
import { startProgram, temporaryDirectory, WRITER_PROGRAM } from "./child-process.ts";
import { batch, settled } from "./harness.ts";
import { changeRawLog } from "./raw-database.ts";

describe("a data directory", () => {
  withDirectory(
    "S11: has one key, and a start counter that rises at each opening",
    async (directory) => {
      const first = await openStorage({ directory, label: 3 });
      const { memberKey, startCounter, cluster, promise } = first.identity.current;
      assert.match(memberKey, /^[0-9a-f]{32}$/);
      assert.deepEqual([startCounter, cluster, promise], [1, undefined, undefined]);
      await first.close();
      await first.close();
      const second = await openStorage({ directory, label: 3 });
      assert.equal(second.identity.current.memberKey, memberKey);
      assert.equal(second.identity.current.startCounter, 2);
      await second.close();
    },
  );

  withDirectory("S11: keeps cluster and promise, and joins one cluster only", async (directory) => {
    const cluster = "c".repeat(32);
    const first = await openStorage({ directory, label: 3 });
    const changes = [
      first.identity.setPromise("withdrawn"),
      first.identity.setPromise(undefined),
      first.identity.setPromise('{"to":"all"}'),
      first.identity.joinCluster(cluster),
    ];
    await Promise.all(changes);
    await assert.rejects(first.identity.joinCluster("d".repeat(32)), withCode("conflict", cluster));
    await assert.rejects(
      first.identity.setPromise("x".repeat(70_000)),
      withCode("invalid_argument", "65536"),
    );
    await first.close();
    const second = await openStorage({ directory, label: 3 });
    assert.equal(second.identity.current.cluster, cluster);
    assert.equal(second.identity.current.promise, '{"to":"all"}');
    await second.close();
  });

  withDirectory("S11: is refused under another id", async (directory) => {
    await (await openStorage({ directory, label: 2 })).close();
    await assert.rejects(
      openStorage({ directory, label: 3 }),
      withCode("conflict", directory, "--id 2"),
    );
  });

  withDirectory("S11: is refused while a process has it open", async (directory) => {
    const program = startProgram(process.execPath, [WRITER_PROGRAM, directory]);
    try {
      await program.line(({ kind }) => kind === "opened");
      await assert.rejects(openStorage({ directory, label: 1 }), withCode("conflict", directory));
      await assert.rejects(discardData(directory), withCode("conflict", directory));
    } finally {
      program.kill("SIGKILL");
      await program.ended;
    }
    const here = await openStorage({ directory, label: 1 });
    await assert.rejects(openStorage({ directory, label: 1 }), withCode("conflict", directory));
    await here.close();
  });

  withDirectory(
    "gets a new key and keeps its label when its data is discarded",
    async (directory) => {
      const first = await openStorage({ directory, label: 9 });
      const { memberKey } = first.identity.current;
      await settled((done) => first.logStore.write(batch({ entries: [entry(1)] }), done));
      await first.identity.joinCluster("c".repeat(32));
      await first.close();
      assert.deepEqual(await discardData(directory), { label: 9 });
      const second = await openStorage({ directory, label: 9 });
      assert.notEqual(second.identity.current.memberKey, memberKey);
      assert.equal(second.identity.current.cluster, undefined);
      assert.equal(second.logStore.opened.lastIndex, 0);
      await second.close();
    },
  );
});

describe("a missing data directory", () => {
  withDirectory("is made with those that it is in, or refused where none can be", async (root) => {
    const directory = join(root, "a", "b");
    await (await openStorage({ directory, label: 3 })).close();
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
    const notHere = existsSync("/proc/self") ? "/proc/caucus/node" : join(root, "file", "node");
    await writeFile(join(root, "file"), "");
    await assert.rejects(openStorage({ directory: notHere, label: 3 }), /mkdir/);
  });
});

describe("a limit of open files", () => {
  withDirectory(
    "refuses a database of more table files, and changes nothing",
    async (directory) => {
      const options = { directory, label: 1 };
      await (await openStorage(options)).close();
      for (const name of ["000901.sst", "000902.sst"]) {
        await writeFile(join(directory, "db", name), "");
      }
      await assert.rejects(
        openStorage({ ...options, openFilesMax: 1 }),
        withCode("conflict", "has 2 table files, which all stay open; allowed are 1"),
      );
      const opened = await openStorage({ ...options, openFilesMax: 2 });
      assert.equal(opened.identity.current.startCounter, 2);
      await opened.close();
    },
  );
});

describe("discardData", () => {
  withDirectory("names a directory that does not exist", async (directory) => {
    const missing = join(directory, "missing");
    await assert.rejects(discardData(missing), withCode("not_found", missing));
  });
});

describe("opening", () => {
  withDirectory(
    "without the binding says what is supported and what works instead",
    async (directory) => {
      const build = await copyBuild(join(directory, "build"), { binding: false });
      const program = startProgram(process.execPath, [
        build.writerProgram,
        join(directory, "data"),
      ]);
      assert.equal(await program.ended, 1);
      const line = program.lines[0];
      assert.ok(line?.kind === "failed");
      for (const part of [process.platform, process.arch, "Linux x64", "--storage memory"]) {
        assert.ok(line.message.includes(part), line.message);
      }
    },
  );

  for (const file of ["identity", "fence", "db"]) {
    withDirectory(`S4: refuses a directory whose ${file} is gone`, async (directory) => {
      await writeOneEntry(directory);
      await rm(join(directory, file), { recursive: true });
      await assert.rejects(
        openStorage({ directory, label: 1 }),
        withCode("poisoned", join(directory, file), "rejoin --discard-data"),
      );
    });
  }

  withDirectory("S4: refuses the database of another member", async (directory) => {
    const [one, other] = [join(directory, "one"), join(directory, "other")];
    await writeOneEntry(one);
    await writeOneEntry(other);
    await writeFile(join(one, "identity"), await readFile(join(other, "identity")));
    await assert.rejects(openStorage({ directory: one, label: 1 }), withCode("poisoned", "fence"));
    await writeFile(join(one, "fence"), await readFile(join(other, "fence")));
    await assert.rejects(
      openStorage({ directory: one, label: 1 }),
      withCode("poisoned", "belongs to member"),
    );
  });

  withDirectory("refuses a damaged identity and one of a newer format", async (directory) => {
    await writeOneEntry(directory);
    const path = join(directory, "identity");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace('"label":1', '"label":2'));
    await assert.rejects(
      openStorage({ directory, label: 1 }),
      withCode("internal", path, "checksum"),
    );
    await rm(join(directory, "db"), { recursive: true });
    assert.deepEqual(await discardData(directory), { label: undefined });
    await (await openStorage({ directory, label: 5 })).close();
  });
});

describe("a log that is not whole", () => {
  withDirectory(
    "S10: refuses a log with a gap, a damaged entry, or one of a newer format",
    async (root) => {
      const cases = [
        {
          change: { key: entryKey(2), value: undefined },
          code: "poisoned",
          says: "entry 2 is missing, but 3 is there",
        },
        {
          change: { key: entryKey(2), value: 10 },
          code: "poisoned",
          says: "log entry 2 is damaged",
        },
        {
          change: { key: entryKey(2), value: 0 },
          code: "unsupported",
          says: "log entry 2 has format 255",
        },
        { change: { key: META_KEY, value: 20 }, code: "poisoned", says: "meta record" },
        {
          change: { key: META_KEY, value: 0 },
          code: "unsupported",
          says: "database has format 255",
        },
      ];
      for (const [number, { change, code, says }] of cases.entries()) {
        const directory = join(root, String(number));
        const storage = await openStorage({ directory, label: 1 });
        const entries = [entry(1), entry(2), entry(3)];
        await settled((done) => storage.logStore.write(batch({ entries }), done));
        await storage.close();
        await damageRecord(join(directory, "db"), change.key, change.value);
        await assert.rejects(openStorage({ directory, label: 1 }), withCode(code, says));
      }
    },
  );
});

describe("memory storage", () => {
  it("is a new member at each opening", async () => {
    const [one, other] = [openMemoryStorage({ label: 4 }), openMemoryStorage({ label: 4 })];
    assert.notEqual(one.identity.current.memberKey, other.identity.current.memberKey);
    assert.equal(one.identity.current.label, 4);
    await one.identity.joinCluster("c".repeat(32));
    await assert.rejects(one.identity.joinCluster("d".repeat(32)), withCode("conflict"));
    await one.close();
    await other.close();
  });
});

function withDirectory(name: string, test: (directory: string) => Promise<void>): void {
  it(name, async () => {
    const directory = await temporaryDirectory();
    try {
      await test(directory.path);
    } finally {
      await directory.remove();
    }
  });
}

function withCode(code: string, ...parts: readonly string[]): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof CaucusError, String(error));
    assert.equal(error.code, code, error.message);
    for (const part of parts) assert.ok(error.message.includes(part), error.message);
    return true;
  };
}

function entry(index: number): Entry {
  return { index, term: 1, kind: "command", data: new Uint8Array(10) };
}

async function writeOneEntry(directory: string): Promise<void> {
  const storage = await openStorage({ directory, label: 1 });
  const hardState = { term: 1, vote: undefined };
  await settled((done) => storage.logStore.write(batch({ hardState, entries: [entry(1)] }), done));
  await storage.close();
}

/** Sets one byte of a record to 255; undefined deletes the record. */
async function damageRecord(
  database: string,
  key: Uint8Array,
  at: number | undefined,
): Promise<void> {
  await changeRawLog(loadRocksBinding(), database, (raw) => {
    const value = raw.get(key);
    if (at === undefined || value === undefined) raw.delete(key);
    else raw.put(key, value.with(at, 255));
  });
}
