import { assert } from "@caucus/base";
import type {
  StateChange,
  StateInstall,
  StateRange,
  StateRecord,
  StateSnapshot,
  StateStore,
} from "@caucus/kv";
import { bytesToText } from "../bytes-text.ts";
import { GenerationInstall, type Generations } from "../generation-install.ts";
import type { Journal } from "../write.ts";
import { GENERATION_PREFIX_BYTES, generationKey, stateKey } from "./key-layout.ts";
import type { RocksDatabase, RocksRow } from "./rocks-database.ts";
import { RocksSnapshot } from "./rocks-snapshot.ts";

const SCAN_PAGE_RECORDS = 128;
const SCAN_PAGE_BYTES: number = 1024 * 1024;

/** A change that the database has not taken yet. */
interface Unwritten {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
  /** The number of the write: a later one may have replaced it in the overlay. */
  readonly write: number;
}

/** The state in RocksDB, read through an overlay of what the writer thread has not taken yet. */
export class RocksStateStore implements StateStore {
  readonly #database: RocksDatabase;
  readonly #journal: Journal;
  readonly #generations: Generations;
  /** By the key in the database, generation included, as text. */
  readonly #overlay: Map<string, Unwritten> = new Map();
  readonly #snapshots: Set<RocksSnapshot> = new Set();
  #writes = 0;
  #durableWrites = 0;

  constructor(database: RocksDatabase, journal: Journal, generations: Generations) {
    this.#database = database;
    this.#journal = journal;
    this.#generations = generations;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const prefixed = stateKey(this.#generations.inForce, key);
    const unwritten = this.#overlay.size > 0 ? this.#overlay.get(bytesToText(prefixed)) : undefined;
    if (unwritten !== undefined) return unwritten.value;
    return this.#database.get(this.#database.state, prefixed);
  }

  scan(range: StateRange): readonly StateRecord[] {
    const generation = this.#generations.inForce;
    const from = stateKey(generation, range.from);
    const to =
      range.to === undefined ? generationKey(generation + 1) : stateKey(generation, range.to);
    const end = bytesToText(to);
    if (range.limit <= 0 || bytesToText(from) >= end) return [];
    const overlay = this.#overlayIn(bytesToText(from), end);
    const pageRecords = Math.min(range.limit + overlay.length, SCAN_PAGE_RECORDS);
    const iterator = this.#database.iterate(this.#database.state, from, to, SCAN_PAGE_BYTES);
    try {
      return mergeOverlay(() => iterator.next(pageRecords), overlay, range.limit);
    } finally {
      iterator.close();
    }
  }

  write(changes: readonly StateChange[]): void {
    this.#writes += 1;
    const write = this.#writes;
    const generation = this.#generations.inForce;
    const texts: string[] = [];
    for (const { key, value } of changes) {
      const text = bytesToText(stateKey(generation, key));
      texts.push(text);
      this.#overlay.set(text, { key, value, write });
    }
    this.#journal.append(
      { kind: "state", generation, changes },
      (error) => {
        if (error === undefined) this.#durableWrites += 1;
      },
      (error) => {
        // A poisoned store keeps its overlay: what was read once stays readable.
        if (error !== undefined) return;
        for (const text of texts) {
          if (this.#overlay.get(text)?.write === write) this.#overlay.delete(text);
        }
      },
    );
  }

  durableWrites(): number {
    return this.#durableWrites;
  }

  snapshot(): StateSnapshot {
    const generation = this.#generations.inForce;
    const snapshot: RocksSnapshot = new RocksSnapshot(this.#database, generation, () => {
      this.#snapshots.delete(snapshot);
    });
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  beginInstall(): StateInstall {
    return new GenerationInstall(this.#journal, this.#generations.take());
  }

  /** Snapshots that are still open end here; the database closes next. */
  close(): void {
    for (const snapshot of [...this.#snapshots]) snapshot.close();
  }

  #overlayIn(from: string, to: string): [string, Unwritten][] {
    const inside = [...this.#overlay].filter(([text]) => text >= from && text < to);
    return inside.sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** Records in key order; where both have a key, the overlay is newer. */
function mergeOverlay(
  nextPage: () => readonly RocksRow[],
  overlay: readonly [string, Unwritten][],
  limit: number,
): StateRecord[] {
  const merged: StateRecord[] = [];
  let page = nextPage();
  let row = 0;
  let over = 0;
  while (merged.length < limit) {
    if (row === page.length && page.length > 0) {
      page = nextPage();
      row = 0;
    }
    const stored = page[row];
    const storedText = stored === undefined ? undefined : bytesToText(stored.key);
    const [overText, unwritten] = overlay[over] ?? [undefined, undefined];
    if (overText === undefined || unwritten === undefined) {
      if (stored === undefined) break;
      merged.push({ key: stored.key.subarray(GENERATION_PREFIX_BYTES), value: stored.value });
      row += 1;
      continue;
    }
    if (stored !== undefined && storedText !== undefined && storedText < overText) {
      merged.push({ key: stored.key.subarray(GENERATION_PREFIX_BYTES), value: stored.value });
      row += 1;
      continue;
    }
    if (storedText === overText) row += 1;
    over += 1;
    if (unwritten.value !== undefined) merged.push({ key: unwritten.key, value: unwritten.value });
  }
  assert(merged.length <= limit, "a scan returned more than its limit");
  return merged;
}
