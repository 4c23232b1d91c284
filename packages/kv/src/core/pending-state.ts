import { compareBytes } from "./byte-order.ts";
import type { StateChange, StateRange, StateReader, StateRecord } from "./state-store.ts";

/**
 * Changes on top of a reader: reads see them at once, the store gets them in one write. Not for
 * reuse: start a new one after each StateStore.write.
 */
export class PendingState implements StateReader {
  readonly #base: StateReader;
  /** By the key's bytes as Latin-1 text, whose order is the unsigned byte order. */
  readonly #changes = new Map<string, StateChange>();

  constructor(base: StateReader) {
    this.#base = base;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.#changes.set(latin1(key), { key, value });
  }

  delete(key: Uint8Array): void {
    this.#changes.set(latin1(key), { key, value: undefined });
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const change = this.#changes.get(latin1(key));
    return change === undefined ? this.#base.get(key) : change.value;
  }

  scan(range: StateRange): readonly StateRecord[] {
    const changes = this.#changesIn(range);
    if (changes.length === 0) return this.#base.scan(range);
    const records: StateRecord[] = [];
    let next = 0;
    // Each change hides at most one record of the base, so so many more make up for all of them.
    const hiding = this.#base.scan({ ...range, limit: range.limit + changes.length });
    for (const record of hiding) {
      let order = 1;
      for (; next < changes.length; next++) {
        const change = changes[next] as StateChange;
        order = compareBytes(change.key, record.key);
        if (order > 0) break;
        pushRecord(records, change);
        if (order === 0) {
          next++;
          break;
        }
      }
      if (order !== 0) records.push(record);
      if (records.length >= range.limit) break;
    }
    for (; next < changes.length; next++) pushRecord(records, changes[next] as StateChange);
    return records.length > range.limit ? records.slice(0, range.limit) : records;
  }

  /** For one StateStore.write; at most one change per key. */
  changes(): readonly StateChange[] {
    return [...this.#changes.values()];
  }

  #changesIn(range: StateRange): readonly StateChange[] {
    const found: StateChange[] = [];
    for (const change of this.#changes.values()) {
      if (compareBytes(change.key, range.from) < 0) continue;
      if (range.to !== undefined && compareBytes(change.key, range.to) >= 0) continue;
      found.push(change);
    }
    return found.sort((a, b) => compareBytes(a.key, b.key));
  }
}

function pushRecord(records: StateRecord[], change: StateChange): void {
  if (change.value !== undefined) records.push({ key: change.key, value: change.value });
}

/** State keys have at most 4,097 bytes, well below the limit of arguments of a call. */
function latin1(key: Uint8Array): string {
  return String.fromCharCode.apply(null, key as unknown as number[]);
}
