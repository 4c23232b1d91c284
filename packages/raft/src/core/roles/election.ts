/** Elections (Raft §5.2, §5.4.1) with pre-vote (thesis §9.6), for every role. */

import type { PreVote, PreVoteReply, TimeoutNow, Vote, VoteReply } from "../message.ts";
import { quorumVote } from "../quorum/joint.ts";
import type { RaftState } from "../raft-state.ts";
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from "./become.ts";
import { beginTerm } from "./leader.ts";

/** The election timer has fired. Only a voter of an open configuration of its own campaigns. */
export function electionTimeout(raft: RaftState): void {
  if (!raft.mayCampaign()) {
    raft.resetElectionTimer();
    return;
  }
  becomePreCandidate(raft);
  askForVotes(raft, "pre-vote", false);
  countPreVotes(raft);
}

/** The leader hands over to this node: campaign at once, and say why (thesis §3.10). */
export function handleTimeoutNow(raft: RaftState, message: TimeoutNow): void {
  if (raft.leader() === message.from && raft.isVoter()) campaign(raft, true);
}

function campaign(raft: RaftState, transfer: boolean): void {
  becomeCandidate(raft);
  // To itself as well: the own vote must be durable like any other before it counts.
  raft.sendWhenDurable({
    kind: "vote-reply",
    from: raft.self,
    to: raft.self,
    term: raft.term,
    granted: true,
  });
  askForVotes(raft, "vote", transfer);
}

function askForVotes(raft: RaftState, kind: "pre-vote" | "vote", transfer: boolean): void {
  const { voters, outgoing } = raft.configuration();
  const { lastIndex, lastTerm } = raft.log;
  for (const to of new Set([...voters, ...outgoing])) {
    if (to === raft.self) continue;
    if (kind === "vote") {
      raft.send({ kind, from: raft.self, to, term: raft.term, lastIndex, lastTerm, transfer });
    } else {
      raft.send({ kind, from: raft.self, to, term: raft.term + 1, lastIndex, lastTerm });
    }
  }
}

/** Answers a pre-vote; nothing of this node changes by it. */
export function handlePreVote(raft: RaftState, message: PreVote): void {
  const granted =
    message.term > raft.term &&
    !raft.hasLiveLeader() &&
    raft.log.isUpToDate(message.lastIndex, message.lastTerm);
  raft.send({
    kind: "pre-vote-reply",
    from: raft.self,
    to: message.from,
    term: granted ? message.term : raft.term,
    granted,
  });
}

/** Answers a vote request of the own term. R3: one vote a term. R5: only for a complete log. */
export function handleVote(raft: RaftState, message: Vote): void {
  const isFree = raft.vote === undefined && raft.leader() === undefined;
  const granted =
    (isFree || raft.vote === message.from) &&
    raft.log.isUpToDate(message.lastIndex, message.lastTerm);
  if (granted && raft.vote === undefined) {
    raft.setTermAndVote(raft.term, message.from);
    raft.resetElectionTimer();
  }
  raft.sendWhenDurable({
    kind: "vote-reply",
    from: raft.self,
    to: message.from,
    term: raft.term,
    granted,
  });
}

export function handlePreVoteReply(raft: RaftState, message: PreVoteReply): void {
  if (raft.role.kind !== "pre-candidate") return;
  if (message.granted && message.term !== raft.term + 1) return;
  raft.role.votes.set(message.from, message.granted);
  countPreVotes(raft);
}

export function handleVoteReply(raft: RaftState, message: VoteReply): void {
  if (raft.role.kind !== "candidate") return;
  raft.role.votes.set(message.from, message.granted);
  switch (quorumVote(raft.configuration(), raft.role.votes)) {
    case "won":
      becomeLeader(raft);
      beginTerm(raft);
      return;
    case "lost":
      becomeFollower(raft, raft.term, undefined);
      return;
    case "pending":
      return;
  }
}

function countPreVotes(raft: RaftState): void {
  if (raft.role.kind !== "pre-candidate") return;
  switch (quorumVote(raft.configuration(), raft.role.votes)) {
    case "won":
      campaign(raft, false);
      return;
    case "lost":
      becomeFollower(raft, raft.term, undefined);
      return;
    case "pending":
      return;
  }
}
