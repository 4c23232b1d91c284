// A delta's operations are one byte string, cut into blocks that are compressed or not. Operations
// straddle the blocks freely.
import { type ByteReader, ByteWriter, DecodeError } from "@caucus/base";
import type { BlockCompression } from "./compression.ts";
import { BLOCK_BYTES, BLOCK_BYTES_MAX, BLOCK_HEADER_BYTES } from "./limits.ts";

const NO_MORE_BLOCKS = 0;
const COMPRESSED = 1;
const UNCOMPRESSED = 2;

/** Appends operations under a limit of `bytesMax` for the whole stream, its end included. */
export class BlockStreamWriter {
  readonly #bytesMax: number;
  readonly #compression: BlockCompression;
  readonly #flushed = new ByteWriter();
  #pending: Uint8Array = new Uint8Array(256);
  #pendingBytes = 0;

  constructor(bytesMax: number, compression: BlockCompression) {
    this.#bytesMax = bytesMax;
    this.#compression = compression;
  }

  /**
   * False, and nothing changes, when the stream could become longer than the limit. What is flushed
   * counts as compressed, the rest as it is, so that a yes is never taken back.
   */
  tryAppend(op: Uint8Array): boolean {
    const unflushed = this.#pendingBytes + op.length;
    const headers = unflushed <= BLOCK_BYTES ? BLOCK_HEADER_BYTES : 2 * BLOCK_HEADER_BYTES;
    if (this.#flushed.length + unflushed + headers + 1 > this.#bytesMax) return false;
    this.#append(op);
    return true;
  }

  /** Call last. */
  finish(): Uint8Array {
    this.#flush(this.#pendingBytes);
    this.#flushed.u8(NO_MORE_BLOCKS);
    return this.#flushed.finish();
  }

  #append(op: Uint8Array): void {
    const needed = this.#pendingBytes + op.length;
    if (needed > this.#pending.length) {
      const grown = new Uint8Array(Math.max(needed, this.#pending.length * 2));
      grown.set(this.#pending.subarray(0, this.#pendingBytes));
      this.#pending = grown;
    }
    this.#pending.set(op, this.#pendingBytes);
    this.#pendingBytes = needed;
    // More than the threshold, not as much: exactly 16,384 bytes stay one block.
    while (this.#pendingBytes > BLOCK_BYTES) this.#flush(BLOCK_BYTES);
  }

  #flush(length: number): void {
    if (length === 0) return;
    const block = this.#pending.subarray(0, length);
    const frame = this.#compression.compress(block);
    const content = frame ?? block;
    this.#flushed.u8(frame === undefined ? UNCOMPRESSED : COMPRESSED);
    this.#flushed.u16(content.length);
    this.#flushed.raw(content);
    this.#pending.copyWithin(0, length, this.#pendingBytes);
    this.#pendingBytes -= length;
  }
}

export interface BlockContents {
  /** The contents of all blocks in a row, up to the limit. */
  readonly bytes: Uint8Array;
  /** True when the limit cut them; the blocks behind were not even expanded. */
  readonly isCut: boolean;
}

/** Reads blocks up to their end; expands no more than `expandedBytesMax`. */
export function readBlocks(
  reader: ByteReader,
  compression: BlockCompression,
  expandedBytesMax: number,
): BlockContents {
  const parts: Uint8Array[] = [];
  let length = 0;
  let isCut = false;
  for (;;) {
    const type = reader.u8();
    if (type === NO_MORE_BLOCKS) break;
    if (type !== COMPRESSED && type !== UNCOMPRESSED) {
      throw new DecodeError(`block type is ${type}, allowed are 0, 1 and 2`);
    }
    const content = reader.raw(reader.u16());
    if (isCut) continue;
    if (length + BLOCK_BYTES_MAX > expandedBytesMax) {
      isCut = true;
      continue;
    }
    const part = type === COMPRESSED ? expand(content, compression) : content;
    parts.push(part);
    length += part.length;
  }
  if (parts.length === 1) return { bytes: parts[0] as Uint8Array, isCut };
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, isCut };
}

function expand(frames: Uint8Array, compression: BlockCompression): Uint8Array {
  try {
    return compression.decompress(frames, BLOCK_BYTES_MAX);
  } catch (cause) {
    throw new DecodeError("a compressed block does not expand", { cause });
  }
}
