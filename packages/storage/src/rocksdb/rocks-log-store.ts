import { assert } from "@caucus/base";
import {
  type Entry,
  entryBytes,
  type LogBatch,
  type LogIndex,
  type LogState,
  type LogStore,
  type Term,
} from "@caucus/raft";
import type { Generations } from "../generation-install.ts";
import { EntryCache } from "../log/entry-cache.ts";
import type { LogFrontier } from "../log/log-frontier.ts";
import { LogWriter } from "../log/log-writer.ts";
import type { Journal } from "../write.ts";
import { entryKey } from "./key-layout.ts";
import { decodeLogRecord } from "./log-record.ts";
import type { RocksDatabase } from "./rocks-database.ts";

/** Recent entries kept in memory, in entryBytes. */
export const ENTRY_CACHE_BYTES: number = 32 * 1024 * 1024;
const READ_PAGE_BYTES: number = 1024 * 1024;

/** The log in RocksDB: terms and recent entries from memory, older entries by reading. */
export class RocksLogStore implements LogStore {
  readonly opened: LogState;
  readonly #database: RocksDatabase;
  readonly #frontier: LogFrontier;
  readonly #writer: LogWriter;
  readonly #cache: EntryCache;
  #writes = 0;

  /** `frontier` has been through all entries of the database. */
  constructor(
    database: RocksDatabase,
    frontier: LogFrontier,
    journal: Journal,
    generations: Generations,
    cacheBytes: number,
  ) {
    this.#database = database;
    this.#frontier = frontier;
    this.#writer = new LogWriter(frontier, journal, generations);
    const { compacted, last, hardState } = frontier;
    this.#cache = new EntryCache(last.index + 1, cacheBytes);
    this.opened = {
      hardState,
      compactedIndex: compacted.index,
      compactedTerm: compacted.term,
      lastIndex: last.index,
    };
  }

  term(index: LogIndex): Term {
    const term = this.#frontier.termAt(index);
    assert(term !== undefined, `term of ${index}, which the log does not hold`);
    return term;
  }

  entries(from: LogIndex, to: LogIndex, bytesMax: number): readonly Entry[] {
    const last = this.#frontier.last.index;
    const compacted = this.#frontier.compacted.index;
    assert(
      from > compacted && to <= last + 1,
      `entries ${from} to ${to} of ${compacted} to ${last}`,
    );
    const cached = Math.min(to, this.#cache.first);
    const entries: Entry[] = from < cached ? this.#read(from, cached, bytesMax) : [];
    let bytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
    for (let index = from + entries.length; index < to; index++) {
      if (bytes >= bytesMax && index > from) break;
      const entry = this.#cache.get(index);
      assert(entry !== undefined, `entry ${index} is neither cached nor read`);
      entries.push(entry);
      bytes += entryBytes(entry);
    }
    return entries;
  }

  write(batch: LogBatch, done: (error?: Error) => void): void {
    this.#writes += 1;
    const number = this.#writes;
    this.#writer.write(batch, done, (error) => {
      if (error === undefined) this.#cache.written(number);
    });
    if (batch.install !== undefined) this.#cache.reset(batch.install.meta.index + 1);
    this.#cache.append(batch.entries, number);
  }

  compact(index: LogIndex, term: Term): void {
    this.#writer.compact(index, term);
    this.#cache.compactTo(index);
  }

  close(done: () => void): void {
    this.#writer.close(done);
  }

  /** Entries of [from, to), all of which the database has taken. */
  #read(from: LogIndex, to: LogIndex, bytesMax: number): Entry[] {
    const entries: Entry[] = [];
    let bytes = 0;
    const pageBytes = Math.min(bytesMax, READ_PAGE_BYTES);
    const { log } = this.#database;
    this.#database.readValues(log, entryKey(from), entryKey(to), pageBytes, (values) => {
      for (const value of values) {
        // The checksum covers the index: it tells when an entry is missing.
        const entry = decodeLogRecord(from + entries.length, value);
        entries.push(entry);
        bytes += entryBytes(entry);
        if (bytes >= bytesMax) return false;
      }
      return true;
    });
    const complete = from + entries.length === to || bytes >= bytesMax;
    assert(complete, `entry ${from + entries.length} is not in the database`);
    return entries;
  }
}
