/** What a leader does: append, count, commit (Raft §5.3, §5.4), and step down when it must. */
import { assert } from "@caucus/base";
import { encodeConfiguration } from "../../wire/configuration-codec.ts";
import { type Configuration, isJoint, isVoter } from "../configuration.ts";
import { type Entry, type EntryKind, entryBytes } from "../entry.ts";
import type { LogIndex, MemberKey } from "../identity.ts";
import { appendToLog } from "../log/append-to-log.ts";
import { leaveJoint } from "../membership/plan-change.ts";
import type { AppendReply, HeartbeatReply, ReadIndexRequest } from "../message.ts";
import { quorumValue } from "../quorum/joint.ts";
import type { RaftState } from "../raft-state.ts";
import { Progress } from "../replication/progress.ts";
import { broadcastHeartbeat } from "../replication/replicate.ts";
import { becomeFollower } from "./become.ts";
import type { LeaderRole } from "./role.ts";

/** Begins its term with an empty entry, which commits everything before it (Raft §8). */
export function beginTerm(raft: RaftState): void {
  assert(raft.role.kind === "leader", "only a leader begins a term");
  syncProgress(raft, raft.role);
  appendAsLeader(raft, raft.role, "empty", new Uint8Array(0));
}

/** Appends one entry of the own term and returns its index. */
export function appendAsLeader(
  raft: RaftState,
  leader: LeaderRole,
  kind: EntryKind,
  data: Uint8Array,
): LogIndex {
  const entry: Entry = { index: raft.log.lastIndex + 1, term: raft.term, kind, data };
  const bytes = entryBytes(entry);
  appendToLog(raft, [entry]);
  leader.uncommitted.push({ index: entry.index, bytes });
  leader.uncommittedBytes += bytes;
  return entry.index;
}

/** Appends a configuration and starts or stops replicating to whom it names. */
export function appendConfiguration(
  raft: RaftState,
  leader: LeaderRole,
  configuration: Configuration,
): LogIndex {
  const index = appendAsLeader(raft, leader, "configuration", encodeConfiguration(configuration));
  syncProgress(raft, leader);
  maybeCommit(raft, leader);
  return index;
}

/** One progress per member of the configuration in force. */
export function syncProgress(raft: RaftState, leader: LeaderRole): void {
  const members = new Set<MemberKey>(raft.configuration().members.map((member) => member.key));
  // A leader that leaves still replicates until the configuration without it is committed.
  members.add(raft.self);
  for (const key of leader.progress.keys()) {
    if (!members.has(key)) leader.progress.delete(key);
  }
  for (const key of members) {
    if (leader.progress.has(key)) continue;
    const { inflightMessagesMax, inflightBytesMax } = raft.config;
    const progress = new Progress({
      key,
      nextIndex: raft.log.lastIndex + 1,
      nowMs: raft.nowMs,
      inflightMessagesMax,
      inflightBytesMax,
    });
    if (key === raft.self) {
      progress.matchIndex = raft.log.durableIndex;
      progress.kind = "replicate";
    }
    leader.progress.set(key, progress);
  }
}

/** The own disk has the log up to here: the leader counts itself like any follower. */
export function leaderPersisted(raft: RaftState, leader: LeaderRole): void {
  const progress = leader.progress.get(raft.self);
  assert(progress !== undefined, "a leader has a progress of its own");
  if (raft.log.durableIndex <= progress.matchIndex) return;
  progress.matchIndex = raft.log.durableIndex;
  maybeCommit(raft, leader);
}

/** R6: commits what a quorum has, and only entries of the own term by counting (Raft §5.4.2). */
export function maybeCommit(raft: RaftState, leader: LeaderRole): void {
  const matchOf = (key: MemberKey): LogIndex => leader.progress.get(key)?.matchIndex ?? 0;
  const index = quorumValue(raft.configuration(), matchOf);
  if (index <= raft.log.commitIndex || raft.log.term(index) !== raft.term) return;
  raft.commitTo(index);
  afterCommit(raft, leader);
}

function afterCommit(raft: RaftState, leader: LeaderRole): void {
  const { commitIndex } = raft.log;
  while (leader.uncommitted.length > 0) {
    const oldest = leader.uncommitted[0] as { index: LogIndex; bytes: number };
    if (oldest.index > commitIndex) break;
    leader.uncommittedBytes -= oldest.bytes;
    leader.uncommitted.shift();
  }
  if (hasCommittedInTerm(raft, leader)) leader.reads.releaseEarly(commitIndex);
  const { index, configuration } = raft.configurations.latest();
  if (index > commitIndex) return;
  if (isJoint(configuration)) {
    appendConfiguration(raft, leader, leaveJoint(configuration));
  } else if (!isVoter(configuration, raft.self)) {
    leaveLeadership(raft, leader);
  }
}

/** Raft §6: a leader outside the committed configuration steps down; a voter takes over at once. */
function leaveLeadership(raft: RaftState, leader: LeaderRole): void {
  let heir: Progress | undefined;
  for (const key of raft.configuration().voters) {
    const progress = leader.progress.get(key);
    if (progress === undefined) continue;
    if (heir === undefined || progress.matchIndex > heir.matchIndex) heir = progress;
  }
  broadcastHeartbeat(raft, leader);
  if (heir !== undefined) {
    raft.send({ kind: "timeout-now", from: raft.self, to: heir.key, term: raft.term });
  }
  becomeFollower(raft, raft.term, undefined);
}

/** A new leader knows what is committed only after it has committed an entry itself (Raft §8). */
export function hasCommittedInTerm(raft: RaftState, leader: LeaderRole): boolean {
  return raft.log.commitIndex >= leader.termStart;
}

export function handleAppendReply(raft: RaftState, leader: LeaderRole, message: AppendReply): void {
  const progress = leader.progress.get(message.from);
  if (progress === undefined) return;
  heardFrom(raft, leader, progress, message.readRound);
  if (message.rejected) {
    const next = raft.log.conflictHint(message.hintIndex, message.hintTerm).index + 1;
    progress.rejected(message.rejectedIndex, next);
    return;
  }
  const rose = progress.accepted(message.matchIndex);
  const isCaughtUp = progress.matchIndex >= raft.log.compactedIndex;
  if (progress.kind === "probe" || (progress.kind === "snapshot" && rose && isCaughtUp)) {
    progress.becomeReplicate();
  }
  if (rose) maybeCommit(raft, leader);
  maybeHandOver(raft, leader, progress);
}

export function handleHeartbeatReply(
  raft: RaftState,
  leader: LeaderRole,
  message: HeartbeatReply,
): void {
  const progress = leader.progress.get(message.from);
  if (progress === undefined) return;
  heardFrom(raft, leader, progress, message.readRound);
  progress.isPaused = false;
  if (progress.kind === "replicate" && progress.matchIndex < raft.log.lastIndex) {
    // An append or its answer may be lost: free a slot and let an append find out.
    if (progress.window.isFull()) progress.window.releaseOldest();
    progress.needsCheck = true;
  }
}

/** Contact and read rounds count for the member that the reply's key names (R9). */
function heardFrom(
  raft: RaftState,
  leader: LeaderRole,
  progress: Progress,
  readRound: number,
): void {
  progress.lastContactMs = raft.nowMs;
  if (readRound <= progress.readRound) return;
  progress.readRound = readRound;
  answerReads(raft, leader);
}

/** A follower, or this leader itself, asks for a read index. */
export function handleReadIndexRequest(
  raft: RaftState,
  leader: LeaderRole,
  message: Pick<ReadIndexRequest, "context">,
): void {
  leader.reads.add(message.context, raft.log.commitIndex, hasCommittedInTerm(raft, leader));
}

/** R13: a read is answered when a quorum has answered a round that began after the read came. */
export function answerReads(raft: RaftState, leader: LeaderRole): void {
  if (!leader.reads.hasWaiting()) return;
  const roundOf = (key: MemberKey): number =>
    key === raft.self ? leader.reads.round : (leader.progress.get(key)?.readRound ?? 0);
  const round = quorumValue(raft.configuration(), roundOf);
  for (const { context, index } of leader.reads.confirm(round)) {
    if (context.key === raft.self) {
      if (!raft.ownReads.answered(context)) continue;
      raft.confirmedReads.push({ number: context.number, index });
    } else {
      raft.send({
        kind: "read-index-reply",
        from: raft.self,
        to: context.key,
        term: raft.term,
        context,
        index,
      });
    }
  }
}

/** R12: a leader that no quorum has answered for an election timeout steps down. */
export function checkQuorum(raft: RaftState, leader: LeaderRole): void {
  const contactOf = (key: MemberKey): number =>
    key === raft.self
      ? raft.nowMs
      : (leader.progress.get(key)?.lastContactMs ?? Number.NEGATIVE_INFINITY);
  const quorumContactMs = quorumValue(raft.configuration(), contactOf);
  if (raft.nowMs - quorumContactMs >= raft.config.electionTimeoutMs) {
    becomeFollower(raft, raft.term, undefined);
  }
}

/** The target of a transfer has everything: it may campaign now (thesis §3.10). */
export function maybeHandOver(raft: RaftState, leader: LeaderRole, progress: Progress): void {
  if (leader.transfer?.target !== progress.key) return;
  if (progress.matchIndex < raft.log.lastIndex) return;
  raft.send({ kind: "timeout-now", from: raft.self, to: progress.key, term: raft.term });
}

export function leaderTick(raft: RaftState, leader: LeaderRole): void {
  if (leader.transfer !== undefined && raft.nowMs >= leader.transfer.deadlineMs) {
    leader.transfer = undefined;
  }
  checkQuorum(raft, leader);
  if (raft.role !== leader || raft.nowMs < leader.nextHeartbeatMs) return;
  leader.nextHeartbeatMs = raft.nowMs + raft.config.heartbeatIntervalMs;
  broadcastHeartbeat(raft, leader);
}
