import type { SnapshotMeta } from "../core/configuration.ts";
import type { Entry, HardState } from "../core/entry.ts";
import type { LogIndex, Term } from "../core/identity.ts";
import type { LogReader } from "../core/log-reader.ts";
import type { Message } from "../core/message.ts";
import type { SnapshotHeader } from "../wire/snapshot-codec.ts";

export type { SnapshotHeader } from "../wire/snapshot-codec.ts";

/** What a log store holds when it is opened. */
export interface LogState {
  readonly hardState: HardState;
  /** Entries at or below it are gone; 0 in a new log. */
  readonly compactedIndex: LogIndex;
  readonly compactedTerm: Term;
  /** `compactedIndex` when the log holds no entry. */
  readonly lastIndex: LogIndex;
}

/** One atomic, durable write. Applied in this order: install, truncate and append, hard state. */
export interface LogBatch {
  readonly hardState: HardState | undefined;
  /** As PersistBatch.entries: a first index at or below the last one truncates from there. */
  readonly entries: readonly Entry[];
  /** Replaces state and log by a received snapshot; made by SnapshotReceiver.finish. */
  readonly install: SnapshotInstall | undefined;
}

/** A received and verified snapshot, not yet in force. */
export interface SnapshotInstall {
  readonly meta: SnapshotMeta;
  /** The state store's sealed generation: opaque to raft, the log store flips to it. */
  readonly generation: unknown;
  /** Drops the received data instead of installing it. */
  discard(): void;
}

/**
 * The durable log. Writes are queued in order and never block the caller; `LogReader` sees a
 * batch as soon as `write` has returned. A batch is durable (fsynced) before `done()` is called;
 * dones come in order, never inside the call of `write`. After `done(error)` the store is
 * poisoned: it answers every later write with the same error and makes nothing durable.
 */
export interface LogStore extends LogReader {
  readonly opened: LogState;
  write(batch: LogBatch, done: (error?: Error) => void): void;
  /**
   * Lets the store drop entries at or below `index` whenever it likes; never beyond what the
   * state machine has durably applied.
   */
  compact(index: LogIndex, term: Term): void;
  close(done: () => void): void;
}

/** The replicated state. Calls are synchronous; effects become durable behind the log, in order. */
export interface StateMachine {
  /** Where the durable state stands when opened: the log is replayed from the next index on. */
  readonly opened: SnapshotMeta;
  /**
   * Applies committed entries in log order, exactly once each. `configurations` are applied
   * too: they are part of the state. Returns one result per entry (undefined for empty ones).
   */
  apply(entries: readonly AppliedEntry[]): readonly unknown[];
  /** Index up to which the effects are durable: the log may be compacted up to here. */
  durableIndex(): LogIndex;
  /** A consistent view of some applied state at or above every compacted index. */
  openSnapshot(): SnapshotSource;
  receiveSnapshot(meta: SnapshotMeta): SnapshotReceiver;
  /** The install of `meta` is durable: forget caches of the old state. */
  installed(meta: SnapshotMeta): void;
}

/** A committed entry; `meta` carries what a snapshot taken right after it must say. */
export interface AppliedEntry {
  readonly entry: Entry;
  readonly meta: SnapshotMeta;
}

/** Outgoing snapshot: chunks in order, undefined at the end. Each chunk is bounded by the maker. */
export interface SnapshotSource {
  readonly meta: SnapshotMeta;
  next(): Uint8Array | undefined;
  close(): void;
}

/** Incoming snapshot. Damaged or out-of-format chunks throw DecodeError: the caller aborts. */
export interface SnapshotReceiver {
  /** Takes one chunk; `done` is called when the receiver is ready for the next. */
  write(chunk: Uint8Array, done: (error?: Error) => void): void;
  /** All chunks are here: verifies the whole and makes it ready to install. */
  finish(done: (result: SnapshotInstall | Error) => void): void;
  abort(): void;
}

/** `delivered`: the receiver has the whole snapshot and will answer the append after installing. */
export type SnapshotOutcome = "delivered" | "refused" | "failed";

/** Moves messages between members. Best effort: it may lose, and never blocks or throws. */
export interface PeerTransport {
  /** Queues for the peer, in order; drops when its bounded queue is full or it is away. */
  send(message: Message): void;
  /**
   * Sends one snapshot on a stream of its own, pulling chunks as the receiver takes them.
   * Closes `source` in every case. `done` is called once, never inside this call.
   */
  sendSnapshot(
    header: SnapshotHeader,
    source: SnapshotSource,
    done: (outcome: SnapshotOutcome) => void,
  ): void;
}

/** What a transport delivers to. The driver is one. */
export interface PeerHandler {
  /** One frame of one peer, in order of sending. The caller has checked cluster and keys. */
  receive(messages: readonly Message[]): void;
  /** Undefined refuses (stale term, one is already being received, stopping). */
  receiveSnapshot(header: SnapshotHeader): SnapshotReceiver | undefined;
  /** After `finish` of a received snapshot: puts it in force, or discards it. */
  snapshotReceived(header: SnapshotHeader, install: SnapshotInstall): void;
}
