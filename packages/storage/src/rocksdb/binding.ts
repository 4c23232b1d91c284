import { createRequire } from "node:module";
import { CaucusError } from "@caucus/base";

/** Pointers into the binding; never look inside. */
export interface DatabaseContext {
  readonly opaque: "database";
}
export interface Column {
  readonly opaque: "column";
}
export interface IteratorContext {
  readonly opaque: "iterator";
}
export interface BatchContext {
  readonly opaque: "batch";
}

export interface IteratorOptions {
  readonly column: Column;
  readonly gte: Uint8Array;
  readonly lt: Uint8Array;
  readonly highWaterMarkBytes: number;
  /** False leaves the keys out of the rows: half the buffers to make. */
  readonly keys: boolean;
  /** Both encodings are read uninitialized when left out. */
  readonly keyEncoding: "buffer";
  readonly valueEncoding: "buffer";
}

/**
 * The native functions of `@nxtedition/rocksdb`, as read in its binding.cc: synchronous unless
 * they take a callback, and called directly, without the `abstract-level` classes around them.
 * Any call on a closed database ends the process: RocksDatabase guards that.
 */
export interface RocksBinding {
  /** A location starts a new database object; a handle attaches to one of another thread. */
  db_init(locationOrHandle: string | bigint): DatabaseContext;
  /** Answers the columns at once when attached to an open database, else through `done`. */
  db_open(
    database: DatabaseContext,
    options: object,
    done: (error: Error | null, columns?: Readonly<Record<string, Column>>) => void,
  ): Readonly<Record<string, Column>> | undefined;
  db_get_handle(database: DatabaseContext): bigint;
  db_close(database: DatabaseContext, done: (error: Error | null) => void): void;
  db_get_many_sync(
    database: DatabaseContext,
    keys: readonly Uint8Array[],
    options: { readonly column: Column; readonly valueEncoding: "buffer" },
  ): readonly (Uint8Array | undefined)[];
  /** One range tombstone, written at once and not synced. */
  db_clear(
    database: DatabaseContext,
    options: { readonly column: Column; readonly gte: Uint8Array; readonly lt: Uint8Array },
  ): void;
  iterator_init(database: DatabaseContext, options: IteratorOptions): IteratorContext;
  iterator_seek(iterator: IteratorContext, target: Uint8Array): void;
  /** Keys (or undefined) and values in turn; stops behind the one that exceeds highWaterMarkBytes. */
  iterator_nextv_sync(
    iterator: IteratorContext,
    count: number,
  ): { readonly rows: readonly (Uint8Array | undefined)[]; readonly finished: boolean };
  iterator_close(iterator: IteratorContext): void;
  batch_init(): BatchContext;
  batch_put(
    batch: BatchContext,
    key: Uint8Array,
    value: Uint8Array,
    options: { readonly column: Column },
  ): void;
  batch_del(batch: BatchContext, key: Uint8Array, options: { readonly column: Column }): void;
  batch_clear(batch: BatchContext): void;
  batch_write(
    database: DatabaseContext,
    batch: BatchContext,
    options: { readonly sync: boolean },
  ): void;
}

/** For messages and the README; the binding brings builds for these only. */
export const ROCKSDB_PLATFORMS = "Linux x64 with glibc 2.34 or newer, macOS arm64";

/** Throws `unsupported` where the optional dependency is missing or has no build. */
export function loadRocksBinding(): RocksBinding {
  try {
    return createRequire(import.meta.url)("@nxtedition/rocksdb/binding.js") as RocksBinding;
  } catch (cause) {
    const reason =
      cause instanceof Error ? (cause.message.split("\n")[0] as string) : String(cause);
    throw new CaucusError(
      "unsupported",
      `RocksDB storage can't be loaded on ${process.platform} ${process.arch}: ${reason}. ` +
        `It is supported on ${ROCKSDB_PLATFORMS}. ` +
        "Use --storage memory to run without it (data is lost at each stop).",
      { cause },
    );
  }
}
