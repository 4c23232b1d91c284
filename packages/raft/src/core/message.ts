import type { SnapshotMeta } from "./configuration.ts";
import type { Entry } from "./entry.ts";
import type { LogIndex, MemberKey, Term } from "./identity.ts";

/** Names one read-index round of one process: its answer can't be mistaken for another's. */
export interface ReadContext {
  readonly key: MemberKey;
  /** How often the asker has been started, fsynced at each start. */
  readonly startCounter: number;
  /** Counts the asker's rounds since its start. */
  readonly number: number;
}

interface Envelope {
  readonly from: MemberKey;
  readonly to: MemberKey;
  /** The sender's term; in a pre-vote request the term that it would campaign in. */
  readonly term: Term;
}

/** Raft thesis §9.6: asks for a vote without raising anybody's term. */
export interface PreVote extends Envelope {
  readonly kind: "pre-vote";
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

export interface PreVoteReply extends Envelope {
  readonly kind: "pre-vote-reply";
  readonly granted: boolean;
}

/** Raft §5.2. */
export interface Vote extends Envelope {
  readonly kind: "vote";
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  /** Set in a leadership transfer: granted although the leader is alive (thesis §4.2.3). */
  readonly transfer: boolean;
}

export interface VoteReply extends Envelope {
  readonly kind: "vote-reply";
  readonly granted: boolean;
}

/** Raft §5.3. `entries` follow `previousIndex` without a gap. */
export interface Append extends Envelope {
  readonly kind: "append";
  readonly previousIndex: LogIndex;
  readonly previousTerm: Term;
  readonly entries: readonly Entry[];
  readonly commit: LogIndex;
  /** The leader's latest read-index round; echoed by the reply. */
  readonly readRound: number;
}

export type AppendReply = AppendAccepted | AppendRejected;

export interface AppendAccepted extends Envelope {
  readonly kind: "append-reply";
  readonly rejected: false;
  /** Durable on the follower up to here, and equal to the leader's log. */
  readonly matchIndex: LogIndex;
  readonly readRound: number;
}

export interface AppendRejected extends Envelope {
  readonly kind: "append-reply";
  readonly rejected: true;
  /** `previousIndex` of the refused append. */
  readonly rejectedIndex: LogIndex;
  /** The largest index of the follower at or below `rejectedIndex` whose term is ≤ the refused one. */
  readonly hintIndex: LogIndex;
  readonly hintTerm: Term;
  readonly readRound: number;
}

/** Sent to each peer at each heartbeat interval, whatever its progress. Needs no log match. */
export interface Heartbeat extends Envelope {
  readonly kind: "heartbeat";
  /** min(commit, what is known to match): safe to commit on the receiver. */
  readonly commit: LogIndex;
  readonly readRound: number;
}

export interface HeartbeatReply extends Envelope {
  readonly kind: "heartbeat-reply";
  readonly readRound: number;
}

/** Raft thesis §3.10: campaign at once. */
export interface TimeoutNow extends Envelope {
  readonly kind: "timeout-now";
}

/** A follower asks the leader for a read index (Raft §8, thesis §6.4). */
export interface ReadIndexRequest extends Envelope {
  readonly kind: "read-index";
  readonly context: ReadContext;
}

export interface ReadIndexReply extends Envelope {
  readonly kind: "read-index-reply";
  readonly context: ReadContext;
  readonly index: LogIndex;
}

/**
 * A whole snapshot has been received and verified. Stepped by the receiver's own driver (the
 * chunks travel on their own stream, see PeerTransport), never sent as a message.
 */
export interface SnapshotReceived extends Envelope {
  readonly kind: "snapshot";
  readonly meta: SnapshotMeta;
}

export type Message =
  | PreVote
  | PreVoteReply
  | Vote
  | VoteReply
  | Append
  | AppendReply
  | Heartbeat
  | HeartbeatReply
  | TimeoutNow
  | ReadIndexRequest
  | ReadIndexReply;

export type MessageKind = Message["kind"];
