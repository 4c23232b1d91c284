import type { StateRange, StateRecord } from "@caucus/kv";
import { bytesToText, textToBytes } from "../bytes-text.ts";

/** A few dozen records in key order; replaced as a whole, never changed. */
interface Chunk {
  readonly keys: readonly string[];
  readonly values: readonly Uint8Array[];
}

const CHUNK_RECORDS_MAX = 128;
const EMPTY: Chunk = { keys: [], values: [] };

/**
 * Ordered map from bytes to bytes, a list of immutable chunks: a copy costs one reference per
 * chunk, so a snapshot of a big map is cheap and stays frozen.
 */
export class ByteMap {
  #chunks: Chunk[];
  #size: number;

  constructor(chunks: Chunk[] = [EMPTY], size = 0) {
    this.#chunks = chunks;
    this.#size = size;
  }

  get size(): number {
    return this.#size;
  }

  copy(): ByteMap {
    return new ByteMap(this.#chunks.slice(), this.#size);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const text = bytesToText(key);
    const chunk = this.#chunks[this.#chunkOf(text)] as Chunk;
    const at = lowerBound(chunk.keys, text);
    return chunk.keys[at] === text ? chunk.values[at] : undefined;
  }

  set(key: Uint8Array, value: Uint8Array): void {
    const text = bytesToText(key);
    const chunkIndex = this.#chunkOf(text);
    const chunk = this.#chunks[chunkIndex] as Chunk;
    const at = lowerBound(chunk.keys, text);
    if (chunk.keys[at] === text) {
      this.#chunks[chunkIndex] = { keys: chunk.keys, values: chunk.values.with(at, value) };
      return;
    }
    this.#size += 1;
    const keys = chunk.keys.toSpliced(at, 0, text);
    const values = chunk.values.toSpliced(at, 0, value);
    if (keys.length <= CHUNK_RECORDS_MAX) {
      this.#chunks[chunkIndex] = { keys, values };
      return;
    }
    const half = keys.length >> 1;
    const left = { keys: keys.slice(0, half), values: values.slice(0, half) };
    const right = { keys: keys.slice(half), values: values.slice(half) };
    this.#chunks.splice(chunkIndex, 1, left, right);
  }

  delete(key: Uint8Array): void {
    const text = bytesToText(key);
    const chunkIndex = this.#chunkOf(text);
    const chunk = this.#chunks[chunkIndex] as Chunk;
    const at = lowerBound(chunk.keys, text);
    if (chunk.keys[at] !== text) return;
    this.#size -= 1;
    if (chunk.keys.length === 1 && this.#chunks.length > 1) {
      this.#chunks.splice(chunkIndex, 1);
      return;
    }
    const keys = chunk.keys.toSpliced(at, 1);
    this.#chunks[chunkIndex] = { keys, values: chunk.values.toSpliced(at, 1) };
  }

  scan(range: StateRange): readonly StateRecord[] {
    return this.#collect(bytesToText(range.from), range.to, range.limit, Number.POSITIVE_INFINITY);
  }

  /** The records behind `after` (from the start if undefined), cut behind `bytesMax`. */
  following(after: Uint8Array | undefined, bytesMax: number): readonly StateRecord[] {
    // The least string above `after` is `after` with one more zero byte.
    const from = after === undefined ? "" : `${bytesToText(after)}\0`;
    return this.#collect(from, undefined, Number.POSITIVE_INFINITY, bytesMax);
  }

  #collect(
    from: string,
    to: Uint8Array | undefined,
    limit: number,
    bytesMax: number,
  ): readonly StateRecord[] {
    const end = to === undefined ? undefined : bytesToText(to);
    const records: StateRecord[] = [];
    let bytes = 0;
    let chunkIndex = this.#chunkOf(from);
    let at = lowerBound((this.#chunks[chunkIndex] as Chunk).keys, from);
    for (; chunkIndex < this.#chunks.length; chunkIndex++, at = 0) {
      const { keys, values } = this.#chunks[chunkIndex] as Chunk;
      for (; at < keys.length; at++) {
        const text = keys[at] as string;
        const value = values[at] as Uint8Array;
        if (records.length >= limit || (end !== undefined && text >= end)) return records;
        bytes += text.length + value.length;
        if (bytes > bytesMax && records.length > 0) return records;
        records.push({ key: textToBytes(text), value });
      }
    }
    return records;
  }

  /** The last chunk that starts at or before `text`; the first one if there is none. */
  #chunkOf(text: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (((this.#chunks[middle] as Chunk).keys[0] as string) <= text) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function lowerBound(keys: readonly string[], text: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
