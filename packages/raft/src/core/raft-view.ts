import type { LogIndex, MemberKey, Term } from "./identity.ts";
import type { LoggedConfiguration } from "./membership/configuration-log.ts";
import type { RaftState } from "./raft-state.ts";
import type { ProgressKind } from "./replication/progress.ts";
import { hasCommittedInTerm } from "./roles/leader.ts";
import type { RoleKind } from "./roles/role.ts";

export interface PeerProgress {
  readonly key: MemberKey;
  readonly progress: ProgressKind;
  readonly matchIndex: LogIndex;
  /** 0 for the leader itself. */
  readonly lastContactMs: number;
  /** Appends that were sent and not yet answered. */
  readonly inflight: number;
}

/** A read-only view of the core for drivers, status pages and checkers. */
export interface RaftView {
  readonly role: RoleKind;
  readonly term: Term;
  readonly vote: MemberKey | undefined;
  readonly leader: MemberKey | undefined;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly durableIndex: LogIndex;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
  readonly compactedIndex: LogIndex;
  readonly compactedTerm: Term;
  readonly configuration: LoggedConfiguration;
  /** The leader has committed an entry of its own term. */
  readonly hasCommittedInTerm: boolean;
  readonly transferTarget: MemberKey | undefined;
}

export function viewOf(raft: RaftState): RaftView {
  const { role, log } = raft;
  return {
    role: role.kind,
    term: raft.term,
    vote: raft.vote,
    leader: raft.leader(),
    commitIndex: log.commitIndex,
    appliedIndex: log.appliedIndex,
    durableIndex: log.durableIndex,
    lastIndex: log.lastIndex,
    lastTerm: log.lastTerm,
    compactedIndex: log.compactedIndex,
    compactedTerm: log.compactedTerm,
    configuration: raft.configurations.latest(),
    hasCommittedInTerm: role.kind === "leader" && hasCommittedInTerm(raft, role),
    transferTarget: role.kind === "leader" ? role.transfer?.target : undefined,
  };
}

/** Replication progress; empty unless this node leads. */
export function peersOf({ role, self, nowMs }: RaftState): readonly PeerProgress[] {
  if (role.kind !== "leader") return [];
  return [...role.progress.values()].map((progress) => ({
    key: progress.key,
    progress: progress.kind,
    matchIndex: progress.matchIndex,
    lastContactMs: progress.key === self ? 0 : nowMs - progress.lastContactMs,
    inflight: progress.window.length,
  }));
}
