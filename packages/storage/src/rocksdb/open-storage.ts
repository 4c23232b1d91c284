/**
 * Opening a data directory. The database comes first, because its lock keeps a second process
 * away from all of the directory; then it is held against fence and identity; only what passes
 * gets the next start counter and a writer.
 */
import { randomBytes } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { CaucusError } from "@caucus/base";
import type { MemberKey } from "@caucus/raft";
import { type DataDirectory, dataDirectory, unusable } from "../data-directory.ts";
import { replaceFile, syncDirectory } from "../durable-file.ts";
import { checkFence, newFence, type RecoveredLog } from "../fence/fence.ts";
import { FenceSlots } from "../fence/fence-slots.ts";
import { Generations } from "../generation-install.ts";
import { encodeIdentity, type Identity } from "../identity.ts";
import { IdentityFile, readIdentityFile } from "../identity-file.ts";
import type { LogFrontier } from "../log/log-frontier.ts";
import { makeDirectory } from "../make-directory.ts";
import { FIRST_GENERATION } from "../memory/storage-image.ts";
import type { OpenedStorage } from "../opened-storage.ts";
import type { FenceStep } from "../write.ts";
import { loadRocksBinding, type RocksBinding } from "./binding.ts";
import { generationKey, STATE_FROM, STATE_TO } from "./key-layout.ts";
import type { MetaRecord } from "./meta-record.ts";
import { readMeta, recoverLog } from "./recover-log.ts";
import { RocksDatabase } from "./rocks-database.ts";
import { ENTRY_CACHE_BYTES, RocksLogStore } from "./rocks-log-store.ts";
import { RocksStateStore } from "./rocks-state-store.ts";
import { RocksWriter, startWriterThread } from "./rocks-writer.ts";

export interface StorageOptions {
  /** Made if it does not exist. */
  readonly directory: string;
  /** The number of `--id`: a directory that belongs to another label is refused. */
  readonly label: number;
  /** Called at most once, when a write or an fsync has failed. Default: nothing. */
  readonly onPoisoned?: (error: Error) => void;
  /** Recent log entries kept in memory, in bytes. Default ENTRY_CACHE_BYTES (32 MiB). */
  readonly entryCacheBytes?: number;
  /**
   * A database of more table files is not opened, as `conflict`: all of them stay open, and the
   * binding has no option that limits it. Default: no limit.
   */
  readonly openFilesMax?: number | undefined;
}

/**
 * Opens the RocksDB storage of one member. Rejects with CaucusError: `unsupported` (no build for
 * this platform, or a newer format), `conflict` (in use by a process, or of another label),
 * `poisoned` (damaged, or behind its fence; names the files and the way out).
 */
export async function openStorage(options: StorageOptions): Promise<OpenedStorage> {
  const binding = loadRocksBinding();
  const directory = dataDirectory(resolve(options.directory));
  await makeDirectory(directory.root);
  await refuseTooManyFiles(directory, options.openFilesMax);
  const database = await openDatabase(binding, directory);
  try {
    return await openStores(database, directory, options);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function refuseTooManyFiles(
  { database, root }: DataDirectory,
  filesMax: number | undefined,
): Promise<void> {
  if (filesMax === undefined) return;
  const names = await readdir(database).catch(() => []);
  const count = names.filter((name) => name.endsWith(".sst")).length;
  if (count <= filesMax) return;
  throw new CaucusError(
    "conflict",
    `the database of ${root} has ${count} table files, which all stay open; allowed are ${filesMax} by max_open_files`,
  );
}

/** Also the check that no process uses the directory. */
export async function openDatabase(
  binding: RocksBinding,
  directory: DataDirectory,
): Promise<RocksDatabase> {
  try {
    await makeDirectory(directory.database);
    return await RocksDatabase.open(binding, directory.database);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "LEVEL_LOCKED") {
      throw new CaucusError(
        "conflict",
        `the data directory ${directory.root} is in use by another process`,
        { cause: error },
      );
    }
    if (code === "LEVEL_CORRUPTION") {
      throw unusable(directory, `the database ${directory.database} is damaged: ${message}`, error);
    }
    throw new CaucusError(
      "unavailable",
      `the database ${directory.database} can't be opened: ${message}`,
      { cause: error },
    );
  }
}

async function openStores(
  database: RocksDatabase,
  directory: DataDirectory,
  options: StorageOptions,
): Promise<OpenedStorage> {
  const held = readMeta(database, directory);
  const before = await readIdentityFile(directory.identity);
  if (before === undefined && held !== undefined) {
    throw unusable(directory, `the identity file ${directory.identity} is missing`);
  }
  if (before !== undefined && before.label !== options.label) {
    throw new CaucusError(
      "conflict",
      `the data directory ${directory.root} belongs to the node with id ${before.label}, ` +
        `not to ${options.label}: use another directory, or --id ${before.label}`,
    );
  }
  const memberKey = before?.memberKey ?? randomBytes(16).toString("hex");
  const meta = held ?? newMeta(memberKey);
  if (before === undefined) await createFence(directory, memberKey);
  const frontier = await recoverLog(database, directory, meta);
  await holdAgainstFence(directory, memberKey, meta, frontier);

  const identity: Identity = {
    memberKey,
    label: options.label,
    startCounter: (before?.startCounter ?? 0) + 1,
    cluster: before?.cluster,
    promise: before?.promise,
  };
  await replaceFile(directory.identity, encodeIdentity(identity));
  if (before === undefined) await syncDirectory(dirname(directory.root));
  return startStores(database, directory, identity, meta, frontier, options);
}

function newMeta(memberKey: MemberKey): MetaRecord {
  return {
    memberKey,
    hardState: { term: 0, vote: undefined },
    compacted: { index: 0, term: 0 },
    generation: FIRST_GENERATION,
  };
}

/** Comes before the identity: a directory with an identity always has a fence. */
async function createFence(directory: DataDirectory, memberKey: MemberKey): Promise<void> {
  await replaceFile(directory.fence, FenceSlots.create(newFence(memberKey)).file);
}

/** S4: refuses a database that is behind its fence, and a fence that says nothing. */
async function holdAgainstFence(
  directory: DataDirectory,
  memberKey: MemberKey,
  meta: MetaRecord,
  frontier: LogFrontier,
): Promise<void> {
  const file = await readFile(directory.fence).catch(() => new Uint8Array(0));
  const fence = FenceSlots.read(file)?.current;
  if (fence === undefined) {
    throw unusable(directory, `the fence file ${directory.fence} is missing or damaged`);
  }
  if (fence.memberKey !== memberKey) {
    throw unusable(
      directory,
      `the fence file ${directory.fence} belongs to member ${fence.memberKey}, the identity file to ${memberKey}`,
    );
  }
  const recovered: RecoveredLog = {
    memberKey: meta.memberKey,
    hardState: meta.hardState,
    lastIndex: frontier.last.index,
    termAt: (index) => frontier.termAt(index),
  };
  const check = checkFence(fence, recovered);
  if (check.kind === "behind") {
    throw unusable(
      directory,
      `the database ${directory.database} is behind its fence ${directory.fence}: ${check.message}`,
    );
  }
}

async function startStores(
  database: RocksDatabase,
  directory: DataDirectory,
  identity: Identity,
  meta: MetaRecord,
  frontier: LogFrontier,
  options: StorageOptions,
): Promise<OpenedStorage> {
  const writer = new RocksWriter(meta, options.onPoisoned ?? (() => undefined));
  const start = { handle: database.handle, fencePath: directory.fence };
  const thread = startWriterThread(writer, start);
  const generations = new Generations(meta.generation);
  for (const generation of unusedGenerations(database, meta.generation)) {
    writer.append({ kind: "generation-drop", generation }, () => undefined);
  }
  try {
    await new Promise<void>((done, failed) => {
      writer.begin(openingStep(frontier), (error) =>
        error === undefined ? done() : failed(error),
      );
    });
  } catch (error) {
    await thread.close();
    throw error;
  }
  const logStore = new RocksLogStore(
    database,
    frontier,
    writer,
    generations,
    options.entryCacheBytes ?? ENTRY_CACHE_BYTES,
  );
  const stateStore = new RocksStateStore(database, writer, generations);
  const identityFile = new IdentityFile(directory.identity, identity);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await identityFile.settled();
    await new Promise<void>((done) => logStore.close(done));
    await thread.close();
    stateStore.close();
    // A failed disk fails again at closing; that it is lost was said already.
    await database.close().catch((error: unknown) => {
      if (!writer.poisoned) throw error;
    });
  };
  return {
    kind: "rocksdb",
    identity: identityFile,
    logStore,
    stateStore,
    meter: {
      counts: () => writer.counts(),
      observe: (synced) => writer.observe(synced),
      diskBytes: () => directoryBytes(directory.database),
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** Files come and go while they are counted: one that has gone has no size. */
async function directoryBytes(path: string): Promise<number> {
  const names = await readdir(path);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(path, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Brings fence and database in line: what was recovered is on disk from here on. */
function openingStep(frontier: LogFrontier): FenceStep {
  const { last, hardState } = frontier;
  return {
    keep: undefined,
    tip: { ...hardState, lastIndex: last.index, lastTerm: last.term },
    hardStateChanged: true,
  };
}

/** Each has a record, else there is nothing to drop; found by jumping from one to the next. */
function unusedGenerations(database: RocksDatabase, inForce: number): readonly number[] {
  const unused: number[] = [];
  const iterator = database.iterate(database.state, STATE_FROM, STATE_TO, 1);
  try {
    let row = iterator.next(1)[0];
    while (row !== undefined) {
      const view = new DataView(row.key.buffer, row.key.byteOffset, row.key.byteLength);
      const generation = view.getUint32(0);
      if (generation !== inForce) unused.push(generation);
      iterator.seek(generationKey(generation + 1));
      row = iterator.next(1)[0];
    }
    return unused;
  } finally {
    iterator.close();
  }
}
