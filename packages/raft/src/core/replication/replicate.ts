/** Sends what followers lack: appends within their windows, heartbeats, snapshot requests. */
import { entryBytes } from "../entry.ts";
import type { RaftState } from "../raft-state.ts";
import type { LeaderRole } from "../roles/role.ts";
import type { Progress } from "./progress.ts";

/** Fills every follower's window. Called once per output, so that proposals share appends. */
export function replicate(raft: RaftState, leader: LeaderRole): void {
  if (leader.reads.beginRound()) broadcastHeartbeat(raft, leader);
  for (const progress of leader.progress.values()) {
    if (progress.key !== raft.self) replicateTo(raft, leader, progress);
  }
}

function replicateTo(raft: RaftState, leader: LeaderRole, progress: Progress): void {
  while (progress.isReady()) {
    const hasEntries = progress.nextIndex <= raft.log.lastIndex;
    const hasCommit = raft.log.commitIndex > progress.sentCommit;
    const mustProbe = progress.kind === "probe" || progress.needsCheck;
    if (!hasEntries && !hasCommit && !mustProbe) return;
    if (progress.nextIndex <= raft.log.compactedIndex) {
      requestSnapshot(raft, progress);
      return;
    }
    sendAppend(raft, leader, progress);
  }
}

function sendAppend(raft: RaftState, leader: LeaderRole, progress: Progress): void {
  const { entriesPerMessageMax, bytesPerMessageMax } = raft.config;
  const from = progress.nextIndex;
  const to = Math.min(raft.log.lastIndex + 1, from + entriesPerMessageMax);
  const entries = raft.log.entries(from, to, bytesPerMessageMax);
  let bytes = 0;
  for (const entry of entries) bytes += entryBytes(entry);
  progress.needsCheck = false;
  progress.sentCommit = raft.log.commitIndex;
  raft.send({
    kind: "append",
    from: raft.self,
    to: progress.key,
    term: raft.term,
    previousIndex: from - 1,
    previousTerm: raft.log.term(from - 1),
    entries,
    commit: raft.log.commitIndex,
    readRound: leader.reads.round,
  });
  progress.sent(from - 1 + entries.length, bytes);
}

/** Only to a member that answers: a transfer to a dead one would hold the log for nothing. */
function requestSnapshot(raft: RaftState, progress: Progress): void {
  if (raft.nowMs - progress.lastContactMs >= raft.config.electionTimeoutMs) return;
  progress.becomeSnapshot();
  raft.snapshotTargets.push(progress.key);
}

/** R13: also opens the latest read round at the followers. Needs no log match. */
export function broadcastHeartbeat(raft: RaftState, leader: LeaderRole): void {
  for (const progress of leader.progress.values()) {
    if (progress.key === raft.self) continue;
    raft.send({
      kind: "heartbeat",
      from: raft.self,
      to: progress.key,
      term: raft.term,
      commit: Math.min(progress.matchIndex, raft.log.commitIndex),
      readRound: leader.reads.round,
    });
  }
}
