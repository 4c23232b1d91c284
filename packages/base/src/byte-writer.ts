import { assert } from "./assert.ts";

const encoder = new TextEncoder();

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
    this.bytes(encoder.encode(text));
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
