import type { LogIndex } from "../core/identity.ts";
import type { RaftConfig } from "../core/raft-config.ts";

export interface CompactionState {
  readonly compactedIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  /** Bytes of the entries applied since the last compaction. */
  readonly appliedBytes: number;
  /** What the state machine has on disk. */
  readonly durableIndex: LogIndex;
  /** The oldest index that a streaming snapshot stands at; undefined while none streams. */
  readonly streamingIndex: LogIndex | undefined;
}

/** Up to where the log may be compacted now; undefined while it is not worth it. */
export function compactionTarget(config: RaftConfig, state: CompactionState): LogIndex | undefined {
  const applied = state.appliedIndex - state.compactedIndex;
  const isHeavy = state.appliedBytes >= config.compactionBytes;
  if (applied < config.compactionEntries && !isHeavy) return undefined;
  // Few heavy entries: keeping thousands of them would keep everything.
  const keep = Math.min(config.compactionKeepEntries, Math.floor(applied / 2));
  const target = Math.min(state.appliedIndex - keep, releasable(config, state));
  return target > state.compactedIndex ? target : undefined;
}

/**
 * The highest index that may go at all: what the state has on disk, and not what the receiver
 * of a streaming snapshot will ask for next, unless that holds back too much.
 */
export function releasable(config: RaftConfig, state: CompactionState): LogIndex {
  const { durableIndex, streamingIndex, appliedBytes } = state;
  const isHeldBack = streamingIndex !== undefined && appliedBytes < config.streamLogBytesMax;
  return isHeldBack ? Math.min(durableIndex, streamingIndex) : durableIndex;
}
