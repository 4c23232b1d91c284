import { DecodeError } from "@caucus/base";
import { type DataDirectory, unusable } from "../data-directory.ts";
import { LogFrontier } from "../log/log-frontier.ts";
import { ENTRIES_TO, entryIndex, entryKey, META_KEY } from "./key-layout.ts";
import { decodeLogRecord } from "./log-record.ts";
import { decodeMetaRecord, type MetaRecord } from "./meta-record.ts";
import type { RocksDatabase } from "./rocks-database.ts";

const PAGE_RECORDS = 1024;
const PAGE_BYTES: number = 4 * 1024 * 1024;

/** Undefined in a database that was never written. */
export function readMeta(
  database: RocksDatabase,
  directory: DataDirectory,
): MetaRecord | undefined {
  const record = database.get(database.log, META_KEY);
  if (record === undefined) return undefined;
  return decoding(directory, "the meta record", () => decodeMetaRecord(record));
}

/**
 * S10: reads the whole log: indexes without a gap behind the compacted one, checksums right.
 * What a crash has left of compacted entries is skipped. Gives way to other work now and then.
 */
export async function recoverLog(
  database: RocksDatabase,
  directory: DataDirectory,
  meta: MetaRecord,
): Promise<LogFrontier> {
  const frontier = new LogFrontier(meta.compacted, meta.hardState);
  const from = entryKey(meta.compacted.index + 1);
  const iterator = database.iterate(database.log, from, ENTRIES_TO, PAGE_BYTES);
  try {
    for (;;) {
      const rows = iterator.next(PAGE_RECORDS);
      if (rows.length === 0) return frontier;
      for (const { key, value } of rows) {
        const expected = frontier.last.index + 1;
        const index = entryIndex(key);
        if (index !== expected) {
          throw unusable(
            directory,
            `the log in ${directory.database} has no entry ${expected}, but one at ${index}`,
          );
        }
        const { term } = decoding(directory, `log entry ${index}`, () => {
          return decodeLogRecord(index, value);
        });
        if (term < frontier.last.term) {
          throw unusable(
            directory,
            `log entry ${index} in ${directory.database} is of term ${term}, the one before it of ${frontier.last.term}`,
          );
        }
        frontier.recover(index, term);
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  } finally {
    iterator.close();
  }
}

function decoding<T>(directory: DataDirectory, what: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw unusable(
      directory,
      `${what} in ${directory.database} is damaged: ${error.message}`,
      error,
    );
  }
}
