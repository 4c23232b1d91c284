import { ByteReader, ByteWriter, CaucusError, crc32, DecodeError } from "@caucus/base";
import type { Entry, EntryKind, LogIndex } from "@caucus/raft";

const LOG_RECORD_FORMAT = 1;
const KINDS: readonly EntryKind[] = ["empty", "command", "configuration"];

/** Format, CRC-32 of index, term, kind and data, then term, kind and data. */
export function encodeLogRecord(entry: Entry): Uint8Array {
  const writer = new ByteWriter(entry.data.length + 24);
  writer.u8(LOG_RECORD_FORMAT);
  const head = encodeHead(entry);
  writer.u32(crc32(entry.data, crc32(head)));
  // The index is in the key; the checksum covers it, so that a misplaced record is noticed.
  writer.raw(head.subarray(INDEX_BYTES));
  writer.raw(entry.data);
  return writer.finish();
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
  const checksum = reader.u32();
  const term = reader.u64();
  const kind = KINDS[reader.u8()];
  if (kind === undefined) throw new DecodeError("unknown kind of entry");
  const view = reader.raw(reader.remaining);
  const data = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const entry: Entry = { index, term, kind, data };
  if (crc32(data, crc32(encodeHead(entry))) !== checksum) throw new DecodeError("wrong checksum");
  return entry;
}

const INDEX_BYTES = 8;

function encodeHead(entry: Entry): Uint8Array {
  const head = new ByteWriter(INDEX_BYTES + 9);
  head.u64(entry.index);
  head.u64(entry.term);
  head.u8(KINDS.indexOf(entry.kind));
  return head.finish();
}
