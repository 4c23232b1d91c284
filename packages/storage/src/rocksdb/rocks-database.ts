import { assert } from "@caucus/base";
import type {
  Column,
  DatabaseContext,
  IteratorContext,
  IteratorOptions,
  RocksBinding,
} from "./binding.ts";
import { LOG_COLUMN, STATE_COLUMN } from "./key-layout.ts";

/**
 * Small memtables: the log that RocksDB replays at opening stays small too (it is deleted once
 * both columns have flushed). The option that bounds it directly sets another field.
 */
const COLUMN_OPTIONS = {
  compaction: "level",
  memtableMemoryBudget: 64 * 1024 * 1024,
  cacheSize: 32 * 1024 * 1024,
} as const;

const OPEN_OPTIONS = {
  createIfMissing: true,
  walCompression: false,
  parallelism: 1,
  columns: {
    default: { memtableMemoryBudget: 1024 * 1024 },
    // Entries are written once, read seldom and soon deleted: compressing them would be lost work.
    [LOG_COLUMN]: { ...COLUMN_OPTIONS, compression: false },
    [STATE_COLUMN]: COLUMN_OPTIONS,
  },
} as const;

/** Bounds a page of small values. */
const VALUES_PER_PAGE = 512;

/** The open database of this process: reads on this thread, the handle for the writer's. */
export class RocksDatabase {
  readonly log: Column;
  readonly state: Column;
  readonly #binding: RocksBinding;
  /** Must stay referenced: the binding closes the database when it is collected. */
  readonly #context: DatabaseContext;
  #closed: boolean = false;

  private constructor(
    binding: RocksBinding,
    context: DatabaseContext,
    columns: Readonly<Record<string, Column>>,
  ) {
    this.#binding = binding;
    this.#context = context;
    this.log = columns[LOG_COLUMN] as Column;
    this.state = columns[STATE_COLUMN] as Column;
  }

  /** The parent of `location` must exist. Rejects with the binding's coded errors. */
  static open(binding: RocksBinding, location: string): Promise<RocksDatabase> {
    const context = binding.db_init(location);
    return new Promise((resolve, reject) => {
      binding.db_open(context, OPEN_OPTIONS, (error, columns) => {
        if (error !== null) reject(error);
        else resolve(new RocksDatabase(binding, context, columns ?? {}));
      });
    });
  }

  /** For the writer thread; valid until `close`. */
  get handle(): bigint {
    this.#assertOpen();
    return this.#binding.db_get_handle(this.#context);
  }

  get(column: Column, key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen();
    const options = { column, valueEncoding: "buffer" } as const;
    const value = this.#binding.db_get_many_sync(this.#context, [key], options)[0];
    return value === undefined ? undefined : plain(value);
  }

  /** A frozen view of [from, to); close it. */
  iterate(column: Column, from: Uint8Array, to: Uint8Array, pageBytes: number): RocksIterator {
    const context = this.#iterator(column, from, to, pageBytes, true);
    return new RocksIterator(this.#binding, context, () => this.#closed);
  }

  /**
   * Calls `page` with the values of [from, to) in key order, about `pageBytes` and at most
   * VALUES_PER_PAGE at a time, until it answers false or there are no more.
   */
  readValues(
    column: Column,
    from: Uint8Array,
    to: Uint8Array,
    pageBytes: number,
    page: (values: readonly Uint8Array[]) => boolean,
  ): void {
    const context = this.#iterator(column, from, to, pageBytes, false);
    try {
      for (let more = true; more; ) {
        const { rows, finished } = this.#binding.iterator_nextv_sync(context, VALUES_PER_PAGE);
        const values: Uint8Array[] = [];
        for (let i = 1; i < rows.length; i += 2) values.push(rows[i] as Uint8Array);
        more = page(values) && !finished;
      }
    } finally {
      this.#binding.iterator_close(context);
    }
  }

  /** The writer thread must have ended. */
  close(): Promise<void> {
    this.#assertOpen();
    this.#closed = true;
    return new Promise((resolve, reject) => {
      this.#binding.db_close(this.#context, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  }

  #iterator(
    column: Column,
    from: Uint8Array,
    to: Uint8Array,
    highWaterMarkBytes: number,
    keys: boolean,
  ): IteratorContext {
    this.#assertOpen();
    const encodings = { keyEncoding: "buffer", valueEncoding: "buffer" } as const;
    const options: IteratorOptions = {
      column,
      gte: from,
      lt: to,
      highWaterMarkBytes,
      keys,
      ...encodings,
    };
    return this.#binding.iterator_init(this.#context, options);
  }

  #assertOpen(): void {
    assert(!this.#closed, "the database is closed");
  }
}

export interface RocksRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Records of one range in key order, as they were when the iterator was made. */
export class RocksIterator {
  readonly #binding: RocksBinding;
  readonly #iterator: IteratorContext;
  readonly #databaseClosed: () => boolean;
  #finished: boolean = false;
  #closed: boolean = false;

  constructor(binding: RocksBinding, iterator: IteratorContext, databaseClosed: () => boolean) {
    this.#binding = binding;
    this.#iterator = iterator;
    this.#databaseClosed = databaseClosed;
  }

  /** The next records, up to `count` and about the page's bytes; empty at the end. */
  next(count: number): readonly RocksRow[] {
    this.#assertOpen();
    if (this.#finished) return [];
    const { rows, finished } = this.#binding.iterator_nextv_sync(this.#iterator, count);
    this.#finished = finished;
    const records: RocksRow[] = [];
    for (let i = 0; i + 1 < rows.length; i += 2) {
      records.push({ key: plain(rows[i] as Uint8Array), value: plain(rows[i + 1] as Uint8Array) });
    }
    return records;
  }

  /** Goes on at the first key at or behind `key`, which must lie in the range. */
  seek(key: Uint8Array): void {
    this.#assertOpen();
    this.#finished = false;
    this.#binding.iterator_seek(this.#iterator, key);
  }

  close(): void {
    // Closing the database has closed its iterators.
    if (!this.#closed && !this.#databaseClosed()) this.#binding.iterator_close(this.#iterator);
    this.#closed = true;
  }

  #assertOpen(): void {
    assert(!this.#closed && !this.#databaseClosed(), "the iterator is closed");
  }
}

/** The same bytes without the Buffer prototype. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
