import type { StateChange, StateRecord } from "@caucus/kv";
import type { Entry, HardState, LogIndex, SnapshotMeta, Term } from "@caucus/raft";
import type { LogPosition } from "./fence/fence.ts";

/** What a log write means for the fence. */
export interface FenceStep {
  /** The log as it was stays true only up to here; undefined when the write only appends. */
  readonly keep: LogPosition | undefined;
  /** What is durable once the write is. */
  readonly tip: {
    readonly term: Term;
    readonly vote: string | undefined;
    readonly lastIndex: LogIndex;
    readonly lastTerm: Term;
  };
  /** The new fence must itself be fsynced before the write is reported as durable. */
  readonly hardStateChanged: boolean;
}

/** One LogBatch, checked and completed by LogFrontier. */
export interface LogWrite {
  readonly kind: "log";
  readonly hardState: HardState;
  readonly entries: readonly Entry[];
  /** Entries in [from, to) are deleted, before appending; `from === to` when there are none. */
  readonly dropFrom: LogIndex;
  readonly dropTo: LogIndex;
  /** The log's start after the write. */
  readonly compacted: LogPosition;
  /** Flips to this sealed generation and starts the log anew behind `meta.index`. */
  readonly install: { readonly meta: SnapshotMeta; readonly generation: number } | undefined;
  readonly fence: FenceStep;
}

/**
 * One atomic write to the one queue of a node. `log` and `generation-seal` are synced; the others
 * become durable with the next synced write behind them.
 */
export type StorageWrite =
  | LogWrite
  | { readonly kind: "compact"; readonly index: LogIndex; readonly term: Term }
  | {
      readonly kind: "state";
      readonly generation: number;
      readonly changes: readonly StateChange[];
    }
  | {
      readonly kind: "generation-put";
      readonly generation: number;
      readonly records: readonly StateRecord[];
    }
  | { readonly kind: "generation-seal"; readonly generation: number }
  | { readonly kind: "generation-drop"; readonly generation: number };

/** Whether a write needs an fsync of its own. */
export function isSynced(write: StorageWrite): boolean {
  return write.kind === "log" || write.kind === "generation-seal";
}

/**
 * Where both adapters put their writes. Both callbacks are called once per write, in the order of
 * the writes, never inside `append`: `durable` when the write and all before it are on disk,
 * `written` as soon as the disk has taken it, synced or not. Once a write has failed, it and all
 * later ones get the same error.
 */
export interface Journal {
  append(write: StorageWrite, durable: JournalCallback, written?: JournalCallback): void;
  /** Makes everything durable, then calls `done`. */
  flush(done: JournalCallback): void;
}

export type JournalCallback = (error?: Error) => void;
