import { ByteReader, CaucusError, crc32, DecodeError } from "@caucus/base";
import type { Entry, EntryKind, LogIndex } from "@caucus/raft";

const LOG_RECORD_FORMAT = 1;
const KINDS: readonly EntryKind[] = ["empty", "command", "configuration"];

const HEADER_BYTES = 14;

/** Format, CRC-32 of index, term, kind and data, then term, kind and data. */
export function encodeLogRecord(entry: Entry): Uint8Array {
  const { data } = entry;
  const record = new Uint8Array(HEADER_BYTES + data.length);
  const view = new DataView(record.buffer);
  record[0] = LOG_RECORD_FORMAT;
  view.setUint32(5, entry.term % 0x100000000, true);
  view.setUint32(9, Math.floor(entry.term / 0x100000000), true);
  record[13] = KINDS.indexOf(entry.kind);
  record.set(data, HEADER_BYTES);
  view.setUint32(1, checksum(entry.index, record), true);
  return record;
}

/** Throws DecodeError for damage and `unsupported` for a newer format. `data` is a view. */
export function decodeLogRecord(index: LogIndex, record: Uint8Array): Entry {
  const reader = new ByteReader(record);
  const format = reader.u8();
  if (format > LOG_RECORD_FORMAT) {
    throw new CaucusError(
      "unsupported",
      `log entry ${index} has format ${format}, this program knows formats up to ${LOG_RECORD_FORMAT}`,
    );
  }
  if (format !== LOG_RECORD_FORMAT) throw new DecodeError(`log record format ${format}`);
  if (reader.u32() !== checksum(index, record)) throw new DecodeError("wrong checksum");
  const term = reader.u64();
  const kind = KINDS[reader.u8()];
  if (kind === undefined) throw new DecodeError("unknown kind of entry");
  const view = reader.raw(reader.remaining);
  const data = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return { index, term, kind, data };
}

/** The index is in the key; the checksum covers it, so that a misplaced record is noticed. */
function checksum(index: LogIndex, record: Uint8Array): number {
  const view = new DataView(indexBytes.buffer);
  view.setUint32(0, index % 0x100000000, true);
  view.setUint32(4, Math.floor(index / 0x100000000), true);
  return crc32(record.subarray(5), crc32(indexBytes));
}

const indexBytes = new Uint8Array(8);
