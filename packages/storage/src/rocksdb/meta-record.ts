import { ByteReader, ByteWriter, CaucusError, crc32, DecodeError } from "@caucus/base";
import type { HardState, MemberKey } from "@caucus/raft";
import type { LogPosition } from "../fence/fence.ts";
import { DATABASE_FORMAT } from "./key-layout.ts";

/** What the database holds beside entries and state; one record, so that it changes at once. */
export interface MetaRecord {
  readonly memberKey: MemberKey;
  readonly hardState: HardState;
  readonly compacted: LogPosition;
  /** The generation of the state in force. */
  readonly generation: number;
}

const TEXT_BYTES_MAX = 64;

/** Format of the database, CRC-32 of the rest, fields. */
export function encodeMetaRecord(meta: MetaRecord): Uint8Array {
  const body = new ByteWriter(128);
  body.string(meta.memberKey);
  body.u64(meta.hardState.term);
  body.boolean(meta.hardState.vote !== undefined);
  body.string(meta.hardState.vote ?? "");
  body.u64(meta.compacted.index);
  body.u64(meta.compacted.term);
  body.u32(meta.generation);
  const bytes = body.finish();
  const record = new ByteWriter(128);
  record.u8(DATABASE_FORMAT);
  record.u32(crc32(bytes));
  record.raw(bytes);
  return record.finish();
}

/** Throws DecodeError for damage and `unsupported` for a newer format. */
export function decodeMetaRecord(record: Uint8Array): MetaRecord {
  const reader = new ByteReader(record);
  const format = reader.u8();
  if (format > DATABASE_FORMAT) {
    throw new CaucusError(
      "unsupported",
      `the database has format ${format}, this program knows formats up to ${DATABASE_FORMAT}`,
    );
  }
  if (format !== DATABASE_FORMAT) throw new DecodeError(`database format ${format}`);
  const checksum = reader.u32();
  const bytes = reader.raw(reader.remaining);
  if (crc32(bytes) !== checksum) throw new DecodeError("wrong checksum");
  const body = new ByteReader(bytes);
  const memberKey = body.string(TEXT_BYTES_MAX);
  const term = body.u64();
  const hasVote = body.boolean();
  const vote = body.string(TEXT_BYTES_MAX);
  const meta: MetaRecord = {
    memberKey,
    hardState: { term, vote: hasVote ? vote : undefined },
    compacted: { index: body.u64(), term: body.u64() },
    generation: body.u32(),
  };
  body.end();
  return meta;
}
