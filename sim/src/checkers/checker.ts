import type {
  AppliedEntry,
  Configuration,
  Entry,
  HardState,
  LogBatch,
  LogIndex,
  MemberKey,
  Message,
  RaftView,
  SnapshotMeta,
  Term,
} from "@caucus/raft";
import type { LogView } from "../log-image.ts";

/** What a node says of itself between two events. */
export interface ObservedStatus {
  readonly role: string;
  readonly term: Term;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly compactedIndex: LogIndex;
  readonly configuration: Configuration;
  readonly configurationIndex: LogIndex;
}

export function observedStatus(view: RaftView): ObservedStatus {
  return {
    role: view.role,
    term: view.term,
    commitIndex: view.commitIndex,
    appliedIndex: view.appliedIndex,
    lastIndex: view.lastIndex,
    compactedIndex: view.compactedIndex,
    configuration: view.configuration.configuration,
    configurationIndex: view.configuration.index,
  };
}

/** One process: a member key between two starts. */
export interface ObservedNode {
  readonly key: MemberKey;
  readonly label: number;
  /** 1 at the first start of the key. */
  readonly startCounter: number;
  /** Everything handed to the log store, durable or not. */
  readonly log: LogView;
  /** As of the end of its last event. */
  readonly status: ObservedStatus;
}

/** An entry that a node learned to be committed. */
export interface Commit {
  readonly entry: Entry;
  /** First time that any node knows it. */
  readonly first: boolean;
  readonly before: ObservedStatus;
  readonly after: ObservedStatus;
}

/** A linearizable read that a node confirmed. */
export interface AnsweredRead {
  readonly index: LogIndex;
  /** What any node knew to be committed when the read came. */
  readonly committedBefore: LogIndex;
  /** Of the state that the read sees. */
  readonly appliedIndex: LogIndex;
}

/** What one disk really holds, whatever its node believes. Survives the loss of the disk. */
export interface DiskTruth {
  /**
   * Whether the disk of `key` held this entry, of this term if one is given, fsynced, before any
   * damage done to it.
   */
  heldDurably(key: MemberKey, index: LogIndex, term: Term | undefined): boolean;
  /** The term and vote that are on the disk now. */
  durableHardState(key: MemberKey): HardState;
}

/**
 * One property. Every method is optional and is called as things happen; a checker keeps what it
 * needs, looks only at what changed, and reports through the function it was made with.
 */
export interface Checker {
  /** A process began; `forgot` when its disk lost something that had been fsynced. */
  started?(node: ObservedNode, forgot: boolean): void;
  /** A process did not start, because its disk is behind its fence. */
  refused?(label: number, forgot: boolean, message: string): void;
  /** A batch was handed to the log store; `node.log` does not show it yet. */
  writing?(node: ObservedNode, batch: LogBatch): void;
  sent?(node: ObservedNode, message: Message): void;
  /** An event of the node ended. `node.status` is `after`. */
  stepped?(node: ObservedNode, before: ObservedStatus, after: ObservedStatus): void;
  committed?(node: ObservedNode, commit: Commit): void;
  /** `result` is a short text of what the state machine answered. */
  applied?(node: ObservedNode, applied: AppliedEntry, result: string): void;
  /** The node allowed its log to forget everything up to `index`. */
  compacting?(node: ObservedNode, index: LogIndex, durablyApplied: LogIndex): void;
  readAnswered?(node: ObservedNode, read: AnsweredRead): void;
  snapshotOpened?(node: ObservedNode, meta: SnapshotMeta): void;
}

export type Report = (message: string) => void;
