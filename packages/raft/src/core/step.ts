/** What a message does, whatever the role: terms first (Raft §5.1), then the one who handles it. */
import { assert, assertNever } from "@caucus/base";
import type { Message, SnapshotReceived } from "./message.ts";
import type { RaftState } from "./raft-state.ts";
import { becomeFollower } from "./roles/become.ts";
import {
  handlePreVote,
  handlePreVoteReply,
  handleTimeoutNow,
  handleVote,
  handleVoteReply,
} from "./roles/election.ts";
import {
  handleAppend,
  handleHeartbeat,
  handleReadIndexReply,
  handleSnapshot,
} from "./roles/follower.ts";
import { handleAppendReply, handleHeartbeatReply, handleReadIndexRequest } from "./roles/leader.ts";

/** Takes one message that is meant for this node. */
export function step(raft: RaftState, message: Message): void {
  if (message.term > raft.term) {
    if (!adoptTerm(raft, message)) return;
  } else if (message.term < raft.term) {
    answerStale(raft, message);
    return;
  }
  dispatch(raft, message);
}

/** A received and verified snapshot. True: the next output's batch installs it. */
export function stepSnapshot(raft: RaftState, message: SnapshotReceived): boolean {
  if (message.term < raft.term) return false;
  followLeader(raft, message);
  return handleSnapshot(raft, message);
}

/** Raises the own term where the message calls for it. False: the message is to be ignored. */
function adoptTerm(raft: RaftState, message: Message): boolean {
  switch (message.kind) {
    case "pre-vote":
      return true;
    case "pre-vote-reply":
      // A granted one carries the term that this node would campaign in.
      if (!message.granted) becomeFollower(raft, message.term, undefined);
      return true;
    case "vote":
      // R11: a live leader is not deposed by a node that did not hear it.
      if (!message.transfer && raft.hasLiveLeader()) return false;
      becomeFollower(raft, message.term, undefined);
      return true;
    default:
      becomeFollower(raft, message.term, undefined);
      return true;
  }
}

/** Tells a sender that lives in an older term about the own one, where that helps it. */
function answerStale(raft: RaftState, message: Message): void {
  const reply = { from: raft.self, to: message.from, term: raft.term };
  switch (message.kind) {
    case "append":
    case "heartbeat":
      raft.send({ kind: "heartbeat-reply", ...reply, readRound: 0 });
      return;
    case "pre-vote":
      raft.send({ kind: "pre-vote-reply", ...reply, granted: false });
      return;
    default:
      return;
  }
}

function dispatch(raft: RaftState, message: Message): void {
  const { role } = raft;
  switch (message.kind) {
    case "pre-vote":
      handlePreVote(raft, message);
      break;
    case "pre-vote-reply":
      handlePreVoteReply(raft, message);
      break;
    case "vote":
      handleVote(raft, message);
      break;
    case "vote-reply":
      handleVoteReply(raft, message);
      break;
    case "append":
      followLeader(raft, message);
      handleAppend(raft, message);
      break;
    case "heartbeat":
      followLeader(raft, message);
      handleHeartbeat(raft, message);
      break;
    case "append-reply":
      if (role.kind === "leader") handleAppendReply(raft, role, message);
      break;
    case "heartbeat-reply":
      if (role.kind === "leader") handleHeartbeatReply(raft, role, message);
      break;
    case "timeout-now":
      handleTimeoutNow(raft, message);
      break;
    case "read-index":
      if (role.kind === "leader") handleReadIndexRequest(raft, role, message);
      break;
    case "read-index-reply":
      handleReadIndexReply(raft, message);
      break;
    default:
      assertNever(message);
  }
}

/** The sender leads this term, and there is no other leader in it (R16): follow it. */
function followLeader(raft: RaftState, message: Message | SnapshotReceived): void {
  assert(
    raft.role.kind !== "leader" || message.term > raft.term,
    `R16: two leaders in term ${raft.term}: ${raft.self} and ${message.from}`,
  );
  if (message.term > raft.term || raft.leader() !== message.from) {
    becomeFollower(raft, message.term, message.from);
  }
  raft.leaderContactMs = raft.nowMs;
  raft.resetElectionTimer();
}
