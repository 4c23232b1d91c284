/** The only place that assigns a role. */
import { assert } from "@caucus/base";
import type { MemberKey, Term } from "../identity.ts";
import type { RaftState } from "../raft-state.ts";
import { LeaderReads } from "../reads/leader-reads.ts";

/** Enters `term` (or stays in it) as a follower of `leader`, if one is known. */
export function becomeFollower(raft: RaftState, term: Term, leader: MemberKey | undefined): void {
  assert(term >= raft.term, `R3: term would fall from ${raft.term} to ${term}`);
  if (term > raft.term) raft.setTermAndVote(term, undefined);
  raft.role = { kind: "follower", leader };
  raft.resetElectionTimer();
}

/** Asks around first: the term stays, so that nobody is disturbed (thesis §9.6). */
export function becomePreCandidate(raft: RaftState): void {
  assert(raft.role.kind !== "leader", "a leader does not campaign");
  raft.role = { kind: "pre-candidate", votes: new Map([[raft.self, true]]) };
  raft.resetElectionTimer();
}

/** Raises the term and votes for itself (Raft §5.2). The own vote counts once it is durable. */
export function becomeCandidate(raft: RaftState): void {
  assert(raft.role.kind !== "leader", "a leader does not campaign");
  raft.setTermAndVote(raft.term + 1, raft.self);
  raft.role = { kind: "candidate", votes: new Map() };
  raft.resetElectionTimer();
}

/** Won a quorum. leader.ts goes on with beginTerm. */
export function becomeLeader(raft: RaftState): void {
  assert(raft.role.kind === "candidate", "only a candidate becomes leader");
  raft.role = {
    kind: "leader",
    progress: new Map(),
    termStart: raft.log.lastIndex + 1,
    reads: new LeaderReads(raft.config.readsMax),
    uncommitted: [],
    uncommittedBytes: 0,
    nextHeartbeatMs: raft.nowMs + raft.config.heartbeatIntervalMs,
    transfer: undefined,
  };
}
