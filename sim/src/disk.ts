/**
 * The disk of one member key: a journal of records that become durable in order.
 *
 * Like a write-ahead log with group commit: writes are seen at once by their node and become
 * durable when a sync that began after them ends. A crash keeps what was synced and any number of
 * the records behind it; a record that was being written is torn, and its checksum drops it. Log
 * batches are synced; state effects go to disk with the next sync behind them, or with a lazy
 * flush. Beside the journal lies the fence, a small file of its own, run by the code of storage.
 */
import { assert } from "@caucus/base";
import type { LogBatch, LogIndex, MemberKey, Term } from "@caucus/raft";
import { checkFence, type Fence, lowerFence, newFence } from "@caucus/storage";
import type { Counters } from "./counters.ts";
import type { Dice } from "./dice.ts";
import { DiskImage, type DiskRecord, writeLog } from "./disk-image.ts";
import type { LogView } from "./log-image.ts";
import type { Scheduler, Timer } from "./scheduler.ts";

export interface DiskOptions {
  /** Bounds of one sync, in ms. */
  readonly syncMsMin: number;
  readonly syncMsMax: number;
  /** Longest time that state effects stay unsynced on an idle disk, in ms. */
  readonly flushMsMax: number;
  /** Chance that a sync fails; the store is poisoned then. */
  readonly failureRate: number;
  /** Keeps enough of the journal to forget some of it later. */
  readonly canForget: boolean;
}

/** Message of the error that a poisoned log store answers. */
export const DISK_FAILURE = "fsync failed";

/** Records that a disk with `canForget` can lose at most. */
const FORGETTABLE_RECORDS = 48;

export interface DiskEnvironment {
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly counters: Counters;
  readonly options: DiskOptions;
}

export type DiskOpening =
  | { readonly kind: "open"; readonly session: DiskSession }
  | { readonly kind: "refused"; readonly message: string };

export class SimulatedDisk {
  readonly key: MemberKey;
  readonly environment: DiskEnvironment;
  /** Syncs take so many times as long. */
  slowness = 1;
  durable: DiskImage = new DiskImage();
  #session: DiskSession | undefined;
  #fence: Fence;
  #syncedFence: Fence;
  /** An older durable image, and what was made durable since. */
  #base = new DiskImage();
  #sinceBase: DiskRecord[] = [];
  /** What was durable before the disk forgot some of it. */
  #beforeForgetting: DiskImage | undefined;

  constructor(key: MemberKey, environment: DiskEnvironment) {
    this.key = key;
    this.environment = environment;
    this.#fence = newFence(key);
    this.#syncedFence = this.#fence;
  }

  /** Whether fsynced log records or a vote are gone: this key must never act again. */
  get forgot(): boolean {
    return this.#beforeForgetting !== undefined;
  }

  open(): DiskOpening {
    assert(this.#session === undefined, "the disk is open already");
    const log = this.durable.log;
    const check = checkFence(this.#fence, {
      memberKey: this.key,
      hardState: log.hardState,
      lastIndex: log.lastIndex,
      termAt: (index) => termAt(log, index),
    });
    if (check.kind !== "ok") return { kind: "refused", message: check.message };
    // What was found is now what must never be missing again.
    this.#raiseFence();
    this.#syncedFence = this.#fence;
    this.#session = new DiskSession(this);
    return { kind: "open", session: this.#session };
  }

  /** The process is gone: what was not synced may be lost, from some record on. */
  crash(): void {
    const { dice, counters } = this.environment;
    const { reached, waited } = this.#session?.end() ?? { reached: [], waited: 0 };
    this.#session = undefined;
    const kept = dice.integer(reached.length + 1);
    counters.add("unsynced records lost", reached.length - kept + waited);
    if (kept < reached.length && dice.chance(0.5)) counters.add("torn record");
    for (const record of reached.slice(0, kept)) this.#keep(record);
    // Fence writes that were not synced are in the page cache: a power loss takes them.
    if (dice.chance(0.5)) this.#fence = this.#syncedFence;
    else this.#syncedFence = this.#fence;
  }

  /**
   * The process is gone, and records that had been synced are too. The fence file is another
   * file and still whole. False when what was lost means nothing to Raft.
   */
  crashAndForget(): boolean {
    this.#session?.end();
    this.#session = undefined;
    this.#syncedFence = this.#fence;
    const lost = this.environment.dice.between(1, FORGETTABLE_RECORDS / 2);
    const kept = this.#sinceBase.slice(0, Math.max(0, this.#sinceBase.length - lost));
    const image = this.#base.clone();
    for (const record of kept) image.apply(record);
    const was = this.durable.log;
    const is = image.log;
    const harmless =
      is.lastIndex >= was.lastIndex &&
      is.hardState.term === was.hardState.term &&
      is.hardState.vote === was.hardState.vote &&
      termAt(is, was.lastIndex) === termAt(was, was.lastIndex);
    if (!harmless) this.#beforeForgetting = this.durable;
    this.durable = image;
    this.#sinceBase = kept;
    return !harmless;
  }

  /** Whether the disk held this entry, of this term if given, fsynced, before any damage. */
  heldDurably(index: LogIndex, term: Term | undefined): boolean {
    return [this.durable, this.#beforeForgetting].some((image) => {
      if (image === undefined) return false;
      if (index <= image.log.compactedIndex) return true;
      const held = image.log.entryAt(index);
      return held !== undefined && (term === undefined || held.term === term);
    });
  }

  /** Before the truncation of a batch reaches the disk, synced. */
  lowerFence(keep: { readonly index: LogIndex; readonly term: Term }): void {
    const lower = lowerFence(this.#fence, keep);
    if (lower === undefined) return;
    this.#fence = lower;
    this.#syncedFence = lower;
  }

  /** The records are on disk: raises the fence, and syncs it when term or vote changed. */
  madeDurable(records: readonly DiskRecord[]): void {
    let logChanged = false;
    for (const record of records) {
      this.#keep(record);
      if (record.kind === "batch") logChanged = true;
    }
    if (!logChanged) return;
    const before = this.#fence;
    this.#raiseFence();
    const { term, vote } = this.#fence;
    if (term !== before.term || vote !== before.vote) this.#syncedFence = this.#fence;
  }

  #raiseFence(): void {
    const { log } = this.durable;
    const { term, vote } = log.hardState;
    const { lastIndex } = log;
    const lastTerm = termAt(log, lastIndex) ?? 0;
    this.#fence = { memberKey: this.key, term, vote, lastIndex, lastTerm };
  }

  #keep(record: DiskRecord): void {
    this.durable.apply(record);
    if (!this.environment.options.canForget) return;
    this.#sinceBase.push(record);
    if (this.#sinceBase.length < FORGETTABLE_RECORDS) return;
    for (const old of this.#sinceBase.splice(0, FORGETTABLE_RECORDS / 2)) this.#base.apply(old);
  }
}

/** The disk as one process sees it, from its opening to its end. */
export class DiskSession {
  readonly #disk: SimulatedDisk;
  /** What the process sees. */
  readonly live: DiskImage;
  /** Writes of the state since opening that are durable. */
  durableStateWrites = 0;
  /** Written and not yet durable, in order. */
  #pending: DiskRecord[] = [];
  #syncing = false;
  /** Records that the sync under way takes to disk. */
  #syncCount = 0;
  #flush: Timer | undefined;
  #failure: Error | undefined;
  #ended = false;

  constructor(disk: SimulatedDisk) {
    this.#disk = disk;
    this.live = disk.durable.clone();
  }

  get durable(): DiskImage {
    return this.#disk.durable;
  }

  get dice(): Dice {
    return this.#disk.environment.dice;
  }

  /** Runs `next` after `delayMs` of virtual time, unless the process has ended by then. */
  later(delayMs: number, next: () => void): Timer {
    return this.#disk.environment.scheduler.after(delayMs, () => {
      if (!this.#ended) next();
    });
  }

  writeBatch(batch: LogBatch, done: (error?: Error) => void): void {
    if (this.#ended) return;
    const failure = this.#failure;
    if (failure !== undefined) {
      this.later(0, () => done(failure));
      return;
    }
    // The state flips to a received snapshot when that is durable, the log at once.
    writeLog(this.live.log, batch);
    this.#pending.push({ kind: "batch", batch, done });
    this.#startSync();
  }

  /** Not synced by itself. */
  writeLazily(record: Exclude<DiskRecord, { kind: "batch" }>): void {
    if (this.#ended) return;
    this.live.apply(record);
    if (this.#failure !== undefined) return;
    this.#pending.push(record);
    this.#flush ??= this.later(this.dice.uniform(1, this.#options.flushMsMax), () => {
      this.#flush = undefined;
      if (!this.#syncing) this.#settle(this.#pending.length);
    });
  }

  /**
   * Ends the session. What was never reported as durable: `reached` may be on disk, up to any
   * record; `waited` for the sync before it to end, as a writer thread lets it, and is gone.
   */
  end(): { readonly reached: readonly DiskRecord[]; readonly waited: number } {
    this.#ended = true;
    this.#flush?.cancel();
    const count = this.#syncing ? this.#syncCount : this.#pending.length;
    return { reached: this.#pending.slice(0, count), waited: this.#pending.length - count };
  }

  get #options(): DiskOptions {
    return this.#disk.environment.options;
  }

  #startSync(): void {
    if (this.#syncing) return;
    this.#syncing = true;
    const count = this.#pending.length;
    this.#syncCount = count;
    this.#lowerFence(count);
    const { syncMsMin, syncMsMax } = this.#options;
    const delayMs = this.dice.uniform(syncMsMin, syncMsMax) * this.#disk.slowness;
    this.later(delayMs, () => this.#syncEnded(count));
  }

  #syncEnded(count: number): void {
    this.#syncing = false;
    if (this.dice.chance(this.#options.failureRate)) {
      this.#fail();
      return;
    }
    this.#settle(count);
    if (!this.#ended && this.#pending.some((record) => record.kind === "batch")) this.#startSync();
  }

  /** The first `count` records are durable. */
  #settle(count: number): void {
    const records = this.#pending.slice(0, count);
    this.#pending = this.#pending.slice(count);
    this.#disk.madeDurable(records);
    for (const record of records) {
      if (record.kind === "state") this.durableStateWrites++;
      else if (record.kind === "batch") {
        if (record.batch.install !== undefined) this.live.state = this.durable.state.clone();
        record.done();
        if (this.#ended) return;
      }
    }
  }

  #fail(): void {
    this.#disk.environment.counters.add("failed fsync");
    const failure = new Error(DISK_FAILURE);
    this.#failure = failure;
    for (const record of this.#pending) {
      if (record.kind === "batch" && !this.#ended) record.done(failure);
    }
  }

  /** Lowers the fence for every truncation among the first `count` records. */
  #lowerFence(count: number): void {
    const log = this.durable.log;
    let last = log.lastIndex;
    for (const record of this.#pending.slice(0, count)) {
      if (record.kind !== "batch") continue;
      const { install, entries } = record.batch;
      const first = entries[0];
      if (install !== undefined) {
        this.#disk.lowerFence({ index: log.compactedIndex, term: log.compactedTerm });
        last = install.meta.index;
      }
      if (first !== undefined && first.index <= last) {
        const index = Math.min(first.index - 1, log.lastIndex);
        this.#disk.lowerFence({ index, term: termAt(log, index) ?? 0 });
      }
      last = entries.at(-1)?.index ?? last;
    }
  }
}

function termAt(log: LogView, index: LogIndex): Term | undefined {
  return index === log.compactedIndex ? log.compactedTerm : log.entryAt(index)?.term;
}
