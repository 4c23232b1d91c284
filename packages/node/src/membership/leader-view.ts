import type { ClusterId, Configuration, LogIndex, MemberKey } from "@caucus/raft";

/** What the leader knows of another member. */
export interface PeerView {
  readonly key: MemberKey;
  readonly matchIndex: LogIndex;
  /** Milliseconds since it was last heard, counted from the start of this leadership at the most. */
  readonly silentMs: number;
  readonly replicating: boolean;
}

/** The leader's state at the moment of judging. */
export interface LeaderView {
  readonly cluster: ClusterId;
  readonly self: MemberKey;
  readonly configuration: Configuration;
  readonly configurationIndex: LogIndex;
  /** Committed, and the leader has committed an entry of its own term. */
  readonly settled: boolean;
  readonly lastIndex: LogIndex;
  readonly peers: readonly PeerView[];
  /** Highest start counter that was seen of the asking key; 0 when none was. */
  readonly startCounter: number;
  /** What the asking key had acknowledged when it asked before with a shorter log; 0 for none. */
  readonly doubtedIndex: LogIndex;
  /** Learners that asked to become voters a short while ago; includes the asking one. */
  readonly candidates: ReadonlySet<MemberKey>;
}

export interface JoinLimits {
  /** How long a label's holder must be silent before another key takes over, in ms. */
  readonly replaceAfterMs: number;
  /** A member that was heard within it counts as reachable, in ms. */
  readonly reachableMs: number;
}
