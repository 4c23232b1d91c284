/** The bytes are not what the format says. The only error that decoders throw. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Up to here a loop over ASCII is faster than the platform's decoder. */
const ASCII_LOOP_BYTES_MAX = 32;

function asciiOf(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Bounds-checked little-endian cursor. Every method throws {@link DecodeError} and nothing else. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** Bytes read so far. */
  get offset(): number {
    return this.#offset;
  }

  skip(length: number): void {
    this.#advance(length);
  }

  /** What was read since `offset`, as a view. */
  since(offset: number): Uint8Array {
    return this.#bytes.subarray(offset, this.#offset);
  }

  u8(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  u16(): number {
    const at = this.#advance(2);
    return (this.#bytes[at] as number) | ((this.#bytes[at + 1] as number) << 8);
  }

  u32(): number {
    return this.#u32At(this.#advance(4));
  }

  u64(): number {
    const at = this.#advance(8);
    const value = this.#u32At(at) + this.#u32At(at + 4) * 0x100000000;
    if (!Number.isSafeInteger(value)) throw new DecodeError("integer above 2^53 - 1");
    return value;
  }

  /** Eight bytes in full, also above 2^53 - 1. */
  u64BigInt(): bigint {
    const at = this.#advance(8);
    const low = this.#u32At(at);
    const high = this.#u32At(at + 4);
    // Most values are small, and one conversion is far cheaper than arithmetic on big integers.
    if (high < 0x200000) return BigInt(low + high * 0x100000000);
    return (BigInt(high) << 32n) | BigInt(low);
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) throw new DecodeError("integer above 2^53 - 1");
        return value;
      }
      scale *= 128;
    }
    throw new DecodeError("varint longer than 8 bytes");
  }

  boolean(): boolean {
    const value = this.u8();
    if (value > 1) throw new DecodeError(`boolean is ${value}, allowed are 0 and 1`);
    return value === 1;
  }

  /** `length` bytes as a view into the input, not a copy. */
  raw(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** A varint length, then that many bytes (a view). `maxBytes` bounds the claim. */
  bytes(maxBytes: number = Number.MAX_SAFE_INTEGER): Uint8Array {
    const length = this.varint();
    if (length > maxBytes) throw new DecodeError(`${length} bytes, allowed are ${maxBytes}`);
    return this.raw(length);
  }

  string(maxBytes?: number): string {
    return this.#decodeUtf8(this.bytes(maxBytes));
  }

  /** `length` bytes as UTF-8. */
  utf8(length: number): string {
    return this.#decodeUtf8(this.raw(length));
  }

  #decodeUtf8(bytes: Uint8Array): string {
    if (bytes.length <= ASCII_LOOP_BYTES_MAX) {
      const text = asciiOf(bytes);
      if (text !== undefined) return text;
    }
    try {
      return decoder.decode(bytes);
    } catch (cause) {
      throw new DecodeError("text is not UTF-8", { cause });
    }
  }

  /** A varint count of items of at least `itemBytesMin` bytes: never above what is left. */
  count(itemBytesMin: number): number {
    const count = this.varint();
    if (count * itemBytesMin > this.remaining) {
      throw new DecodeError(`${count} items claimed, ${this.remaining} bytes left`);
    }
    return count;
  }

  /** Call last: throws when bytes are left over. */
  end(): void {
    if (this.remaining > 0) throw new DecodeError(`${this.remaining} bytes after the end`);
  }

  #u32At(at: number): number {
    const bytes = this.#bytes;
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    const high = (bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8);
    return low + high * 0x10000;
  }

  #advance(length: number): number {
    const at = this.#offset;
    if (length < 0 || length > this.remaining) {
      throw new DecodeError(`${length} bytes needed at ${at}, ${this.remaining} left`);
    }
    this.#offset = at + length;
    return at;
  }
}
