import type { FenceStep } from "../write.ts";
import type { ClearedRange } from "./write-encoder.ts";

/** What the writer thread is started with. */
export interface WriterStart {
  /** Of the database that the main thread has opened and owns. */
  readonly handle: bigint;
  readonly fencePath: string;
}

/** Writes of one turn of the main thread, in order. */
export interface WriteRequest {
  readonly kind: "write";
  /** Number of the last write inside. */
  readonly last: number;
  readonly synced: boolean;
  /** As WriteEncoder packs them; the buffer is handed over. */
  readonly operations: Uint8Array;
  readonly cleared: readonly ClearedRange[];
  readonly fence: FenceStep | undefined;
}

export type WriterRequest = WriteRequest | { readonly kind: "close" };

export type WriterReply =
  /** Everything up to `last` is readable, and on disk if `durable`. */
  | {
      readonly kind: "written";
      readonly last: number;
      readonly durable: boolean;
      /** Of the write to the database, its fsync included. */
      readonly durationMs: number;
    }
  /** Nothing of the group is durable; the thread takes no more writes. */
  | { readonly kind: "failed"; readonly message: string };

/** The steps of several writes as the step of one that does all of them. */
export function combineFenceSteps(
  first: FenceStep | undefined,
  second: FenceStep | undefined,
): FenceStep | undefined {
  if (first === undefined) return second;
  if (second === undefined) return first;
  const { keep } = first;
  const lower = keep === undefined || (second.keep?.index ?? Infinity) < keep.index;
  return {
    // The lowest position is the one that the log before all writes and after them share.
    keep: lower ? second.keep : keep,
    tip: second.tip,
    hardStateChanged: first.hardStateChanged || second.hardStateChanged,
  };
}
