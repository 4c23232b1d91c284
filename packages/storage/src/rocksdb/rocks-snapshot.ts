import { assert } from "@caucus/base";
import type { StateRecord, StateSnapshot } from "@caucus/kv";
import { GENERATION_PREFIX_BYTES, generationKey, stateKey } from "./key-layout.ts";
import type { RocksDatabase, RocksIterator } from "./rocks-database.ts";

const PAGE_RECORDS = 128;
const PAGE_BYTES: number = 256 * 1024;

/**
 * One iterator over a generation, which RocksDB keeps as it was when made. `get` uses the same
 * iterator, so that it sees the same moment, and moves it back afterwards.
 */
export class RocksSnapshot implements StateSnapshot {
  readonly #iterator: RocksIterator;
  readonly #generation: number;
  readonly #onClose: () => void;
  #page: readonly StateRecord[] = [];
  #at = 0;
  /** The last key that was fetched by going on, without prefix. */
  #position: Uint8Array | undefined;
  #moved: boolean = false;
  #closed: boolean = false;

  constructor(database: RocksDatabase, generation: number, onClose: () => void) {
    const from = generationKey(generation);
    const to = generationKey(generation + 1);
    this.#iterator = database.iterate(database.state, from, to, PAGE_BYTES);
    this.#generation = generation;
    this.#onClose = onClose;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#moved = true;
    this.#iterator.seek(stateKey(this.#generation, key));
    const found = this.#iterator.next(1)[0];
    if (found === undefined) return undefined;
    const same = Buffer.compare(found.key.subarray(GENERATION_PREFIX_BYTES), key) === 0;
    return same ? found.value : undefined;
  }

  next(bytesMax: number): readonly StateRecord[] {
    assert(!this.#closed, "the snapshot is closed");
    const records: StateRecord[] = [];
    let bytes = 0;
    for (;;) {
      const record = this.#peek();
      if (record === undefined) return records;
      bytes += record.key.length + record.value.length;
      if (bytes > bytesMax && records.length > 0) return records;
      records.push(record);
      this.#at += 1;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#iterator.close();
    this.#onClose();
  }

  #peek(): StateRecord | undefined {
    if (this.#at < this.#page.length) return this.#page[this.#at];
    if (this.#moved) this.#return();
    this.#page = this.#iterator
      .next(PAGE_RECORDS)
      .map(({ key, value }) => ({ key: key.subarray(GENERATION_PREFIX_BYTES), value }));
    this.#at = 0;
    this.#position = this.#page.at(-1)?.key ?? this.#position;
    return this.#page[0];
  }

  /** To the least key behind the last one fetched: that key and a zero byte. */
  #return(): void {
    const { length } = this.#position ?? [];
    const target = new Uint8Array(this.#position === undefined ? 0 : length + 1);
    if (this.#position !== undefined) target.set(this.#position);
    this.#iterator.seek(stateKey(this.#generation, target));
    this.#moved = false;
  }
}
