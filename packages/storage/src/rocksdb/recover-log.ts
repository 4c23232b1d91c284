import { DecodeError } from "@caucus/base";
import { type DataDirectory, unusable } from "../data-directory.ts";
import { LogFrontier } from "../log/log-frontier.ts";
import { ENTRIES_TO, entryIndex, entryKey, META_KEY } from "./key-layout.ts";
import { decodeLogRecord } from "./log-record.ts";
import { decodeMetaRecord, type MetaRecord } from "./meta-record.ts";
import type { RocksDatabase } from "./rocks-database.ts";

const PAGE_BYTES: number = 4 * 1024 * 1024;

/** Undefined in a database that was never written. */
export function readMeta(
  database: RocksDatabase,
  directory: DataDirectory,
): MetaRecord | undefined {
  const record = database.get(database.log, META_KEY);
  if (record === undefined) return undefined;
  return decoding(
    directory,
    () => "the meta record is damaged",
    () => decodeMetaRecord(record),
  );
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
  for (let more = true; more; ) {
    more = recoverSome(database, directory, frontier);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return frontier;
}

/** One page; false at the end of the log. */
function recoverSome(
  database: RocksDatabase,
  directory: DataDirectory,
  frontier: LogFrontier,
): boolean {
  let count = 0;
  const from = entryKey(frontier.last.index + 1);
  database.readValues(database.log, from, ENTRIES_TO, PAGE_BYTES, (values) => {
    count = values.length;
    for (const value of values) {
      const { index, term } = frontier.last;
      const entry = decoding(directory, missingOrDamaged(database, index + 1), () => {
        return decodeLogRecord(index + 1, value);
      });
      if (entry.term < term) {
        throw unusable(
          directory,
          `log entry ${entry.index} in ${directory.database} is of term ${entry.term}, the one before it of ${term}`,
        );
      }
      frontier.recover(entry.index, entry.term);
    }
    return false;
  });
  return count > 0;
}

/** The checksum of an entry covers its index, so a gap shows as damage first. */
function missingOrDamaged(database: RocksDatabase, index: number): () => string {
  return () => {
    const iterator = database.iterate(database.log, entryKey(index), ENTRIES_TO, 1);
    try {
      const found = iterator.next(1)[0];
      const next = found === undefined ? index : entryIndex(found.key);
      return next > index
        ? `log entry ${index} is missing, but ${next} is there`
        : `log entry ${index} is damaged`;
    } finally {
      iterator.close();
    }
  };
}

function decoding<T>(directory: DataDirectory, what: () => string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const message = `in ${directory.database} ${what()} (${error.message})`;
    throw unusable(directory, message, error);
  }
}
