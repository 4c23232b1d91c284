import { type Entry, entryBytes } from "../core/entry.ts";
import type { LogIndex } from "../core/identity.ts";
import type { Raft } from "../core/raft.ts";
import type { RaftConfig } from "../core/raft-config.ts";
import { type CompactionState, compactionTarget, releasable } from "./compaction-policy.ts";
import type { LogStore, StateMachine } from "./ports.ts";

export interface LogCompactorParts {
  readonly config: RaftConfig;
  readonly raft: Raft;
  readonly logStore: LogStore;
  readonly stateMachine: StateMachine;
}

/** Drops applied entries from core and store, as the policy says or on demand. */
export class LogCompactor {
  readonly #parts: LogCompactorParts;
  /** Bytes applied since the last compaction. */
  #appliedBytes = 0;

  constructor(parts: LogCompactorParts) {
    this.#parts = parts;
  }

  applied(entry: Entry): void {
    this.#appliedBytes += entryBytes(entry);
  }

  /** `streamingIndex`: the oldest index that a streaming snapshot stands at, if one streams. */
  maybeCompact(appliedIndex: LogIndex, streamingIndex: LogIndex | undefined): void {
    const state = this.#state(appliedIndex, streamingIndex);
    const target = compactionTarget(this.#parts.config, state);
    if (target !== undefined) this.#drop(target, appliedIndex);
  }

  /** Up to `upTo` as far as the state is on disk, keeping nothing for followers that lag. */
  compactTo(upTo: LogIndex, appliedIndex: LogIndex, streamingIndex: LogIndex | undefined): void {
    const state = this.#state(appliedIndex, streamingIndex);
    this.#drop(Math.min(upTo, releasable(this.#parts.config, state)), appliedIndex);
  }

  #state(appliedIndex: LogIndex, streamingIndex: LogIndex | undefined): CompactionState {
    const { raft, stateMachine } = this.#parts;
    return {
      compactedIndex: raft.view().compactedIndex,
      appliedIndex,
      appliedBytes: this.#appliedBytes,
      durableIndex: stateMachine.durableIndex(),
      streamingIndex,
    };
  }

  #drop(index: LogIndex, appliedIndex: LogIndex): void {
    const { logStore, raft } = this.#parts;
    const target = Math.min(index, appliedIndex);
    if (target <= raft.view().compactedIndex) return;
    // The core first: it reads the term at `target`, which the store may drop at once.
    const term = raft.termAt(target);
    raft.compact(target);
    logStore.compact(target, term);
    this.#appliedBytes = 0;
  }
}
