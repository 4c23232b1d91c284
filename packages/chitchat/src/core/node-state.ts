// What is known about one node: heartbeat, key-values with their versions, and how far tombstones
// have been collected. The rules of applying and collecting are those of the wire protocol.
import type { ChitchatId } from "./chitchat-id.ts";
import type { KeyStatus, KeyValueUpdate, NodeDelta } from "./delta.ts";
import { LEFT_KEY } from "./key-rules.ts";

export interface VersionedValue {
  readonly value: string;
  readonly version: bigint;
  readonly status: KeyStatus;
  /** When it was written or received here, on the local monotonic clock. */
  readonly sinceMs: number;
}

/** A node as seen from outside: a view that goes on changing, not a copy. */
export interface ReadonlyNodeState {
  readonly id: ChitchatId;
  readonly heartbeat: bigint;
  readonly maxVersion: bigint;
  readonly lastGcVersion: bigint;
  /** True when the owner said that it stops. */
  readonly hasLeft: boolean;
  /** The visible value of `key`. */
  get(key: string): string | undefined;
  /** Tombstones included. */
  entry(key: string): VersionedValue | undefined;
  /** Tombstones included, in ascending order of versions. */
  entries(): IterableIterator<[string, VersionedValue]>;
}

export type ApplyOutcome =
  | { readonly kind: "applied"; readonly isReset: boolean; readonly changes: KeyValueUpdate[] }
  | {
      readonly kind: "ignored";
      /**
       * `from-future`: versions in between are missing. `needs-reset`: tombstones in between are
       * gone. `not-newer`: nothing new. `contradictory`: it ends below its own key-values.
       */
      readonly reason: "from-future" | "needs-reset" | "not-newer" | "contradictory";
    };

/** Whether a key-value that makes a state larger by `bytes` may be stored. */
export type TakeBytes = (bytes: number) => boolean;

/** Memory of one entry: two bytes for each unit of its texts, and a share of the table. */
export function heldBytes(key: string, value: string): number {
  return 2 * (key.length + value.length) + 64;
}

export class NodeState implements ReadonlyNodeState {
  readonly id: ChitchatId;
  heartbeat = 0n;
  maxVersion = 0n;
  lastGcVersion = 0n;
  /** In ascending order of versions: a key that changes moves to the end. */
  readonly #keyValues = new Map<string, VersionedValue>();
  /** Entries that will be collected; without any, collecting costs nothing. */
  #marked = 0;
  #bytes = 0;

  constructor(id: ChitchatId) {
    this.id = id;
  }

  /** Memory of all keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True when the owner said that it stops. */
  get hasLeft(): boolean {
    return this.get(LEFT_KEY) !== undefined;
  }

  /** The visible value of `key`. */
  get(key: string): string | undefined {
    const entry = this.#keyValues.get(key);
    return entry === undefined || entry.status === "delete" ? undefined : entry.value;
  }

  /** Tombstones included. */
  entry(key: string): VersionedValue | undefined {
    return this.#keyValues.get(key);
  }

  /** Tombstones included, in ascending order of versions. */
  entries(): IterableIterator<[string, VersionedValue]> {
    return this.#keyValues.entries();
  }

  /** Stores the next version of a key. The version must be above all others. */
  put(key: string, entry: VersionedValue): void {
    this.#remove(key);
    this.#keyValues.set(key, entry);
    this.#bytes += heldBytes(key, entry.value);
    if (entry.status !== "set") this.#marked++;
    if (entry.version > this.maxVersion) this.maxVersion = entry.version;
  }

  /** Everything above `version`, in ascending order. */
  staleSince(version: bigint): KeyValueUpdate[] {
    if (version >= this.maxVersion) return [];
    const stale: KeyValueUpdate[] = [];
    for (const [key, entry] of this.#keyValues) {
      if (entry.version <= version) continue;
      stale.push({ key, value: entry.value, version: entry.version, status: entry.status });
    }
    return stale;
  }

  /** Changes nothing unless it answers `applied`. */
  apply(delta: NodeDelta, nowMs: number, takeBytes: TakeBytes): ApplyOutcome {
    const { lastGcVersion, fromVersionExcluded, maxVersion } = delta;
    if (fromVersionExcluded > this.maxVersion) return { kind: "ignored", reason: "from-future" };
    const isCompatible = lastGcVersion <= this.lastGcVersion || lastGcVersion <= this.maxVersion;
    if (!isCompatible && fromVersionExcluded !== 0n) {
      return { kind: "ignored", reason: "needs-reset" };
    }
    if (isCompatible && this.maxVersion >= maxVersion) {
      return { kind: "ignored", reason: "not-newer" };
    }
    const isReset = !isCompatible;
    const floor = isReset ? 0n : this.maxVersion;
    const collected = isReset ? lastGcVersion : this.lastGcVersion;
    const news = delta.keyValues.filter(
      ({ version, status }) => version > floor && (status === "set" || version > collected),
    );
    // The Rust library stops for good when it is told a smaller version than it just stored.
    if (news.some(({ version }) => version > maxVersion)) {
      return { kind: "ignored", reason: "contradictory" };
    }
    if (isReset) this.#reset(lastGcVersion);
    return { kind: "applied", isReset, ...this.#store(news, maxVersion, nowMs, takeBytes) };
  }

  /** These are all the key-values from now on, in ascending order of versions. */
  replaceAll(entries: Iterable<readonly [string, VersionedValue]>, lastGcVersion: bigint): void {
    this.#clear();
    for (const [key, entry] of entries) this.put(key, entry);
    this.lastGcVersion = lastGcVersion;
  }

  /** Drops what was marked at least `graceMs` ago; true when something was. */
  collect(nowMs: number, graceMs: number): boolean {
    if (this.#marked === 0) return false;
    let collected = this.lastGcVersion;
    for (const [key, { status, sinceMs, version }] of this.#keyValues) {
      if (status === "set" || nowMs < sinceMs + graceMs) continue;
      this.#remove(key);
      if (version > collected) collected = version;
    }
    const isChanged = collected !== this.lastGcVersion;
    this.lastGcVersion = collected;
    return isChanged;
  }

  /** A state without room for the rest ends early, as a delta that its sender had cut there. */
  #store(
    news: readonly KeyValueUpdate[],
    maxVersion: bigint,
    nowMs: number,
    takeBytes: TakeBytes,
  ): { changes: KeyValueUpdate[] } {
    const changes: KeyValueUpdate[] = [];
    for (const update of news) {
      const { key, value, version, status } = update;
      const held = this.#keyValues.get(key);
      if (held !== undefined && held.version >= version) continue;
      const freed = held === undefined ? 0 : heldBytes(key, held.value);
      if (!takeBytes(heldBytes(key, value) - freed)) return { changes };
      this.put(key, { value, version, status, sinceMs: nowMs });
      changes.push(update);
    }
    this.maxVersion = maxVersion;
    return { changes };
  }

  #reset(lastGcVersion: bigint): void {
    this.#clear();
    this.heartbeat = 0n;
    this.maxVersion = 0n;
    this.lastGcVersion = lastGcVersion;
  }

  #clear(): void {
    this.#keyValues.clear();
    this.#marked = 0;
    this.#bytes = 0;
  }

  #remove(key: string): void {
    const held = this.#keyValues.get(key);
    if (held === undefined) return;
    this.#keyValues.delete(key);
    this.#bytes -= heldBytes(key, held.value);
    if (held.status !== "set") this.#marked--;
  }
}
