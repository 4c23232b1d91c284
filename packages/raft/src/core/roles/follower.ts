/** What a follower does with the messages of its leader (Raft §5.3, §7). */
import type { Entry } from "../entry.ts";
import type { LogIndex } from "../identity.ts";
import { appendToLog } from "../log/append-to-log.ts";
import type { Append, Heartbeat, ReadIndexReply, SnapshotReceived } from "../message.ts";
import type { RaftState } from "../raft-state.ts";

export function handleAppend(raft: RaftState, message: Append): void {
  const { log } = raft;
  if (message.previousIndex < log.commitIndex) {
    const overlap = message.entries.filter((entry) => entry.index > log.commitIndex);
    acceptEntries(raft, message, overlap, log.commitIndex);
    return;
  }
  if (!log.matches(message.previousIndex, message.previousTerm)) {
    rejectAppend(raft, message);
    return;
  }
  acceptEntries(raft, message, message.entries, message.previousIndex);
}

/** `entries` follow `previousIndex`, up to which both logs are known to agree. */
function acceptEntries(
  raft: RaftState,
  message: Append,
  entries: readonly Entry[],
  previousIndex: LogIndex,
): void {
  // Raft §5.3: only a conflicting tail is dropped. A delayed append must not cut a longer log.
  const fresh = entries.findIndex((entry) => !raft.log.matches(entry.index, entry.term));
  if (fresh !== -1) appendToLog(raft, entries.slice(fresh));
  const matchIndex = previousIndex + entries.length;
  raft.commitTo(Math.min(message.commit, matchIndex));
  raft.sendWhenDurable({
    kind: "append-reply",
    from: raft.self,
    to: message.from,
    term: raft.term,
    rejected: false,
    matchIndex,
    readRound: message.readRound,
  });
}

function rejectAppend(raft: RaftState, message: Append): void {
  const hint = raft.log.conflictHint(message.previousIndex, message.previousTerm);
  raft.send({
    kind: "append-reply",
    from: raft.self,
    to: message.from,
    term: raft.term,
    rejected: true,
    rejectedIndex: message.previousIndex,
    hintIndex: hint.index,
    hintTerm: hint.term,
    readRound: message.readRound,
  });
}

export function handleHeartbeat(raft: RaftState, message: Heartbeat): void {
  raft.commitTo(message.commit);
  raft.send({
    kind: "heartbeat-reply",
    from: raft.self,
    to: message.from,
    term: raft.term,
    readRound: message.readRound,
  });
}

export function handleReadIndexReply(raft: RaftState, message: ReadIndexReply): void {
  if (!raft.ownReads.answered(message.context)) return;
  raft.confirmedReads.push({ number: message.context.number, index: message.index });
}

/**
 * A verified snapshot of the leader is here. Answers whether it is to be installed; otherwise
 * this log is as new already and the received data may go. R7: never over a newer log.
 */
export function handleSnapshot(raft: RaftState, message: SnapshotReceived): boolean {
  const { meta } = message;
  const { log } = raft;
  let install = false;
  if (meta.index > log.commitIndex) {
    if (log.matches(meta.index, meta.term)) {
      raft.commitTo(meta.index);
    } else {
      install = true;
      log.restore(meta.index, meta.term);
      raft.durability.truncatedFrom(1);
      raft.configurations.restore({
        index: meta.configurationIndex,
        configuration: meta.configuration,
      });
      raft.snapshotToInstall = meta;
    }
  }
  raft.sendWhenDurable({
    kind: "append-reply",
    from: raft.self,
    to: message.from,
    term: raft.term,
    rejected: false,
    matchIndex: log.commitIndex,
    readRound: 0,
  });
  return install;
}
