import type { LogIndex, MemberKey } from "../identity.ts";
import type { LeaderReads } from "../reads/leader-reads.ts";
import type { Progress } from "../replication/progress.ts";

/** Each role owns its state: leaving the role drops it. Only become.ts assigns a role. */
export type Role = FollowerRole | PreCandidateRole | CandidateRole | LeaderRole;

export type RoleKind = Role["kind"];

export interface FollowerRole {
  readonly kind: "follower";
  /** Whom an append or heartbeat of this term came from. */
  readonly leader: MemberKey | undefined;
}

/** Raft thesis §9.6: asks whether it could win before it raises its term. */
export interface PreCandidateRole {
  readonly kind: "pre-candidate";
  readonly votes: Map<MemberKey, boolean>;
}

export interface CandidateRole {
  readonly kind: "candidate";
  readonly votes: Map<MemberKey, boolean>;
}

export interface LeaderRole {
  readonly kind: "leader";
  /** One per member of the configuration in force, this node included. */
  readonly progress: Map<MemberKey, Progress>;
  /** The empty entry of its own term; nothing is committed by counting below it (Raft §5.4.2). */
  readonly termStart: LogIndex;
  readonly reads: LeaderReads;
  /** Proposals that are not yet committed, oldest first. */
  readonly uncommitted: { readonly index: LogIndex; readonly bytes: number }[];
  uncommittedBytes: number;
  nextHeartbeatMs: number;
  transfer: Transfer | undefined;
}

/** Raft thesis §3.10. While it lasts proposals are refused. */
export interface Transfer {
  readonly target: MemberKey;
  readonly deadlineMs: number;
}
