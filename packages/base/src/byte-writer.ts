import { assert } from "./assert.ts";

const encoder = new TextEncoder();
const U64_MAX = 2n ** 64n - 1n;

/** The UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Growing little-endian byte buffer. Varints are unsigned LEB128 of safe integers. */
export class ByteWriter {
  #buffer: Uint8Array;
  #length = 0;

  /** Small by default: V8 keeps arrays of up to 64 bytes on its own heap, which is far cheaper. */
  constructor(initialBytes = 64) {
    this.#buffer = new Uint8Array(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  u16(value: number): void {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xffff, `u16 out of range: ${value}`);
    this.#reserve(2);
    this.#buffer[this.#length++] = value;
    this.#buffer[this.#length++] = value >>> 8;
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#setU32(this.#length, value);
    this.#length += 4;
  }

  /** A safe integer in eight bytes. */
  u64(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `u64 out of range: ${value}`);
    this.#reserve(8);
    this.#setU32(this.#length, value % 0x100000000);
    this.#setU32(this.#length + 4, Math.floor(value / 0x100000000));
    this.#length += 8;
  }

  /** Eight bytes in full, also above 2^53 - 1. */
  u64BigInt(value: bigint): void {
    const approximate = Number(value);
    if (approximate >= 0 && approximate <= Number.MAX_SAFE_INTEGER) {
      this.u64(approximate);
      return;
    }
    assert(value >= 0n && value <= U64_MAX, `u64 out of range: ${value}`);
    this.#reserve(8);
    this.#setU32(this.#length, Number(value & 0xffffffffn));
    this.#setU32(this.#length + 4, Number(value >> 32n));
    this.#length += 8;
  }

  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, `varint out of range: ${value}`);
    this.#reserve(8);
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#length++] = rest;
  }

  boolean(value: boolean): void {
    this.u8(value ? 1 : 0);
  }

  /** Bytes without a length; the reader must know how many. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A varint length, then the bytes. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** A varint length, then UTF-8. */
  string(text: string): void {
    this.bytes(encodeUtf8(text));
  }

  /** The written bytes, as a view that later writes may not change: call it last. */
  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }

  #setU32(at: number, value: number): void {
    const buffer = this.#buffer;
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
    buffer[at + 2] = value >>> 16;
    buffer[at + 3] = value >>> 24;
  }
}
