import type { MembershipPolicy } from "@caucus/kv";
import type { ClusterId, Configuration, LogIndex, MemberKey } from "@caucus/raft";

/** What the leader knows of another member. */
export interface PeerView {
  readonly key: MemberKey;
  readonly matchIndex: LogIndex;
  /** Milliseconds since it was last heard, counted from the start of this leadership at the most. */
  readonly silentMs: number;
  /** The same for gossip: since it was last seen alive there. */
  readonly gossipSilentMs: number;
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
  /** How long the voters are as they are, as far as this leadership has seen it. */
  readonly votersSinceMs: number;
  readonly lastIndex: LogIndex;
  readonly peers: readonly PeerView[];
  /** Learners that may become voters as far as policy and operators are concerned. */
  readonly candidates: ReadonlySet<MemberKey>;
  readonly policy: MembershipPolicy;
}

/** What is remembered of a key that asks. */
export interface Sighting {
  /** The highest start counter that was seen of it; 0 when none was. */
  readonly startCounter: number;
  /** What it had acknowledged when it asked before with a shorter log; 0 for none. */
  readonly doubtedIndex: LogIndex;
}

export interface JoinLimits {
  /** How long a label's holder must be silent before another key takes over, in ms. */
  readonly replaceAfterMs: number;
  /** A member that was heard within it counts as reachable, in ms. */
  readonly reachableMs: number;
}

export interface VoterLimits extends JoinLimits {
  /** How long the voters must be as they are before they change again, in ms. */
  readonly settleMs: number;
  /** How long neither gossip nor Raft may have heard of a voter that is replaced, in ms. */
  readonly deadVoterAfterMs: number;
}
