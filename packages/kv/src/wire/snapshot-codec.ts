/**
 * A snapshot as a row of chunks: all records of the state in key order. A chunk says which one it
 * is and carries a CRC-32 of its own; the last one holds no records, but how many there were in
 * all and the CRC-32 over all of them, so that neither damage nor loss goes unseen.
 */
import { assert, ByteReader, ByteWriter, crc32, DecodeError } from "@caucus/base";
import { compareBytes } from "../core/byte-order.ts";
import type { StateRecord } from "../core/state-store.ts";
import { readVersion } from "./format-version.ts";

export const SNAPSHOT_FORMAT = 1;
/** What to ask of StateSnapshot.next for one chunk. A larger record makes a larger chunk. */
export const SNAPSHOT_CHUNK_BYTES: number = 256 * 1024;
/** Above any chunk that a writer can make: 256 KiB, or one record of little more than 1 MiB. */
export const SNAPSHOT_CHUNK_BYTES_MAX: number = 2 * 1024 * 1024;

const CHECKSUM_BYTES = 4;

/** Encodes the chunks of one snapshot, in order. */
export class SnapshotChunkWriter {
  #sequence = 0;
  #records = 0;
  #checksum = 0;
  #finished: boolean = false;

  /** After the last chunk. */
  get finished(): boolean {
    return this.#finished;
  }

  /** The next records in key order; none make the last chunk. */
  chunk(records: readonly StateRecord[]): Uint8Array {
    assert(!this.#finished, "a chunk follows the last one of a snapshot");
    const writer = new ByteWriter(SNAPSHOT_CHUNK_BYTES + 1024);
    writer.u8(SNAPSHOT_FORMAT);
    writer.varint(this.#sequence++);
    writer.varint(records.length);
    if (records.length === 0) {
      writer.varint(this.#records);
      writer.u32(this.#checksum);
      this.#finished = true;
    } else {
      const start = writer.length;
      for (const record of records) {
        writer.bytes(record.key);
        writer.bytes(record.value);
      }
      this.#records += records.length;
      this.#checksum = crc32(writer.finish().subarray(start), this.#checksum);
    }
    writer.u32(crc32(writer.finish()));
    return writer.finish();
  }
}

/** Decodes and verifies the chunks of one snapshot. After a DecodeError it must not be used on. */
export class SnapshotChunkReader {
  #sequence = 0;
  #records = 0;
  #checksum = 0;
  #finished: boolean = false;
  #lastKey: Uint8Array | undefined;

  /** The last chunk has been read, and count and checksum are right: nothing is missing. */
  get finished(): boolean {
    return this.#finished;
  }

  /**
   * The records of the next chunk (views into it), none for the last.
   * @throws DecodeError for damage, a wrong order, or a chunk that is not the next one.
   */
  read(chunk: Uint8Array): readonly StateRecord[] {
    if (this.#finished) throw new DecodeError("a snapshot chunk follows the last one");
    if (chunk.length > SNAPSHOT_CHUNK_BYTES_MAX) {
      throw new DecodeError(
        `snapshot chunk has ${chunk.length} bytes, allowed are ${SNAPSHOT_CHUNK_BYTES_MAX}`,
      );
    }
    const reader = openChunk(chunk);
    const sequence = reader.varint();
    if (sequence !== this.#sequence) {
      throw new DecodeError(`snapshot chunk ${sequence} came, expected is ${this.#sequence}`);
    }
    this.#sequence++;
    const count = reader.count(2);
    if (count === 0) this.#end(reader);
    return this.#readRecords(reader, count);
  }

  /** Call when no more chunks come. @throws DecodeError when the last chunk is missing. */
  finish(): void {
    if (!this.#finished) {
      throw new DecodeError(`the snapshot ends after chunk ${this.#sequence}, before its last one`);
    }
  }

  #readRecords(reader: ByteReader, count: number): readonly StateRecord[] {
    const records: StateRecord[] = [];
    const bytes = reader.raw(reader.remaining);
    const items = new ByteReader(bytes);
    for (let i = 0; i < count; i++) {
      const record = { key: items.bytes(), value: items.bytes() };
      if (this.#lastKey !== undefined && compareBytes(record.key, this.#lastKey) <= 0) {
        throw new DecodeError("snapshot records are not in key order");
      }
      this.#lastKey = record.key;
      records.push(record);
    }
    items.end();
    this.#records += count;
    this.#checksum = crc32(bytes, this.#checksum);
    return records;
  }

  #end(reader: ByteReader): void {
    const records = reader.varint();
    const checksum = reader.u32();
    if (records !== this.#records) {
      throw new DecodeError(`snapshot has ${this.#records} records, expected are ${records}`);
    }
    if (checksum !== this.#checksum) throw new DecodeError("snapshot has a wrong checksum");
    this.#finished = true;
  }
}

/** Checks version and checksum; the reader that comes back stands behind the version byte. */
function openChunk(chunk: Uint8Array): ByteReader {
  // The version comes first: a newer format may place its checksum elsewhere.
  readVersion(new ByteReader(chunk), "snapshot chunk", SNAPSHOT_FORMAT);
  if (chunk.length < 1 + CHECKSUM_BYTES) throw new DecodeError("snapshot chunk is cut off");
  const body = chunk.subarray(0, chunk.length - CHECKSUM_BYTES);
  const checksum = new ByteReader(chunk.subarray(body.length)).u32();
  if (crc32(body) !== checksum) throw new DecodeError("snapshot chunk has a wrong checksum");
  return new ByteReader(body.subarray(1));
}
