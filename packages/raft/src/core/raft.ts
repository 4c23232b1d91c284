/**
 * One Raft member without I/O: messages, proposals and time go in, an Output comes out. Calls
 * are synchronous and never throw for what others send; a thrown InvariantViolation is a bug.
 *
 *     setNow → step* / propose* → tick → takeOutput → (driver works) → persisted → …
 */
import { assert, type Rng } from "@caucus/base";
import { decodeConfiguration } from "../wire/configuration-codec.ts";
import type { SnapshotMeta } from "./configuration.ts";
import { isJoint, isVoter } from "./configuration.ts";
import type { Entry, HardState } from "./entry.ts";
import type { LogIndex, MemberKey, Term } from "./identity.ts";
import { RaftLog } from "./log/raft-log.ts";
import type { LogReader } from "./log-reader.ts";
import { ConfigurationLog, type LoggedConfiguration } from "./membership/configuration-log.ts";
import type { MembershipChange } from "./membership/membership-change.ts";
import { planChange } from "./membership/plan-change.ts";
import type { Message, SnapshotReceived } from "./message.ts";
import type { Output, PersistBatch } from "./output.ts";
import type { RaftConfig } from "./raft-config.ts";
import { assertInvariants } from "./raft-invariants.ts";
import { RaftState } from "./raft-state.ts";
import { type PeerProgress, peersOf, type RaftView, viewOf } from "./raft-view.ts";
import { OwnReads } from "./reads/own-reads.ts";
import { replicate } from "./replication/replicate.ts";
import { electionTimeout } from "./roles/election.ts";
import {
  answerReads,
  appendAsLeader,
  appendConfiguration,
  handleReadIndexRequest,
  hasCommittedInTerm,
  leaderPersisted,
  leaderTick,
  maybeHandOver,
} from "./roles/leader.ts";
import { step, stepSnapshot } from "./step.ts";

export interface RaftStart {
  readonly self: MemberKey;
  readonly startCounter: number;
  readonly config: RaftConfig;
  readonly rng: Rng;
  readonly nowMs: number;
  readonly hardState: HardState;
  readonly compactedIndex: LogIndex;
  readonly compactedTerm: Term;
  readonly lastIndex: LogIndex;
  /** What the state machine has durably applied. */
  readonly applied: SnapshotMeta;
  readonly reader: LogReader;
}

export type Refusal =
  | { readonly kind: "not-leader"; readonly leader: MemberKey | undefined }
  | { readonly kind: "overloaded"; readonly limit: string }
  | { readonly kind: "transferring" };

export type Appended = { readonly kind: "appended"; readonly index: LogIndex; readonly term: Term };

export type ChangeRefused =
  | Refusal
  | { readonly kind: "change-in-progress"; readonly index: LogIndex }
  | { readonly kind: "configuration-moved"; readonly index: LogIndex }
  | { readonly kind: "invalid"; readonly message: string };

export type TransferStart =
  | { readonly kind: "started"; readonly target: MemberKey }
  | { readonly kind: "not-leader"; readonly leader: MemberKey | undefined }
  | { readonly kind: "invalid"; readonly message: string };

const SCAN_BYTES = 4 * 1024 * 1024;

export class Raft {
  readonly #state: RaftState;

  constructor(start: RaftStart) {
    const { applied } = start;
    assert(
      applied.index >= start.compactedIndex && applied.index <= start.lastIndex,
      `the state is at ${applied.index}, the log holds ` +
        `${start.compactedIndex}..${start.lastIndex}`,
    );
    const log = new RaftLog(start.reader, {
      compactedIndex: start.compactedIndex,
      compactedTerm: start.compactedTerm,
      lastIndex: start.lastIndex,
      appliedIndex: applied.index,
    });
    this.#state = new RaftState({
      self: start.self,
      config: start.config,
      rng: start.rng,
      nowMs: start.nowMs,
      term: start.hardState.term,
      vote: start.hardState.vote,
      log,
      configurations: loadConfigurations(log, applied),
      ownReads: new OwnReads(start.self, start.startCounter, start.config.readsMax),
    });
  }

  /** Monotonic time of everything that follows, in ms. */
  setNow(nowMs: number): void {
    assert(nowMs >= this.#state.nowMs, `time went back from ${this.#state.nowMs} to ${nowMs}`);
    this.#state.nowMs = nowMs;
  }

  /** Fires the timers that are due. Step waiting messages first: one may keep a leader alive. */
  tick(): void {
    const raft = this.#state;
    if (raft.role.kind === "leader") leaderTick(raft, raft.role);
    else if (raft.nowMs >= raft.electionDeadlineMs) electionTimeout(raft);
  }

  /** A node that knows no leader asks for votes at its next tick, as any election timeout may. */
  campaignSoon(): void {
    const raft = this.#state;
    if (raft.leader() === undefined) raft.electionDeadlineMs = raft.nowMs;
  }

  /** Takes one message that is meant for this node. */
  step(message: Message): void {
    step(this.#state, message);
  }

  /** A received and verified snapshot. True: the next output's batch installs it. */
  snapshotReceived(message: SnapshotReceived): boolean {
    return stepSnapshot(this.#state, message);
  }

  propose(data: Uint8Array): Appended | Refusal {
    const raft = this.#state;
    const { role } = raft;
    if (role.kind !== "leader") return { kind: "not-leader", leader: raft.leader() };
    if (role.transfer !== undefined) return { kind: "transferring" };
    const { uncommittedBytesMax } = raft.config;
    if (role.uncommittedBytes + data.length > uncommittedBytesMax && role.uncommittedBytes > 0) {
      return { kind: "overloaded", limit: `${uncommittedBytesMax} uncommitted bytes` };
    }
    const index = appendAsLeader(raft, role, "command", data);
    return { kind: "appended", index, term: raft.term };
  }

  /** Begins a membership change. R8: one at a time, and only after a commit in the own term. */
  changeMembership(change: MembershipChange): Appended | ChangeRefused {
    const raft = this.#state;
    const { role } = raft;
    if (role.kind !== "leader") return { kind: "not-leader", leader: raft.leader() };
    if (role.transfer !== undefined) return { kind: "transferring" };
    const { index, configuration } = raft.configurations.latest();
    const isSettled = index <= raft.log.commitIndex && !isJoint(configuration);
    if (!isSettled || !hasCommittedInTerm(raft, role)) return { kind: "change-in-progress", index };
    const judged = change.expectedConfigurationIndex;
    if (judged !== undefined && judged !== index) return { kind: "configuration-moved", index };
    const planned = planChange(configuration, change);
    if (planned.kind === "invalid") return planned;
    const appended = appendConfiguration(raft, role, planned.configuration);
    return { kind: "appended", index: appended, term: raft.term };
  }

  /** Hands leadership to a voter, by default to the one with the longest log. */
  transferLeadership(target: MemberKey | undefined): TransferStart {
    const raft = this.#state;
    const { role } = raft;
    if (role.kind !== "leader") return { kind: "not-leader", leader: raft.leader() };
    const chosen = target ?? this.#bestHeir();
    if (chosen === undefined) return { kind: "invalid", message: "there is no other voter" };
    const progress = role.progress.get(chosen);
    if (progress === undefined || !isVoter(raft.configuration(), chosen)) {
      return { kind: "invalid", message: `${chosen} is not a voter` };
    }
    if (chosen === raft.self) return { kind: "invalid", message: "the target leads already" };
    const deadlineMs = raft.nowMs + raft.config.electionTimeoutMs;
    role.transfer = { target: chosen, deadlineMs };
    maybeHandOver(raft, role, progress);
    return { kind: "started", target: chosen };
  }

  /** Asks for a read index under `number`, unique since the start. False at the limit. */
  readIndex(number: number): boolean {
    return this.#state.ownReads.add(number);
  }

  cancelRead(number: number): void {
    this.#state.ownReads.cancel(number);
  }

  /** A snapshot transfer has ended; `index` is what the receiver got, undefined if it failed. */
  snapshotSent(to: MemberKey, index: LogIndex | undefined): void {
    const { role } = this.#state;
    const progress = role.kind === "leader" ? role.progress.get(to) : undefined;
    if (progress?.kind !== "snapshot") return;
    progress.becomeProbe();
    // Wait for the reply to the install, or for the next heartbeat, before anything is sent.
    progress.isPaused = true;
    if (index !== undefined) progress.nextIndex = Math.max(progress.nextIndex, index + 1);
  }

  /** Drops the log up to `index`, which the state machine has durably applied. */
  compact(index: LogIndex): void {
    this.#state.log.compact(index);
    this.#state.configurations.compact(index);
  }

  /** All batches up to `sequence` are durable. */
  persisted(sequence: number): void {
    const raft = this.#state;
    const { durableTo, messages } = raft.durability.persisted(sequence);
    raft.log.durableIndex = Math.max(raft.log.durableIndex, durableTo);
    for (const message of messages) {
      if (message.to === raft.self) step(raft, message);
      else raft.messages.push(message);
    }
    if (raft.role.kind === "leader") leaderPersisted(raft, raft.role);
  }

  takeOutput(): Output {
    const raft = this.#state;
    this.#askReads();
    if (raft.role.kind === "leader") {
      replicate(raft, raft.role);
      answerReads(raft, raft.role);
    }
    const persist = this.#takeBatch();
    for (const message of persist === undefined ? raft.durability.releaseUnbatched() : []) {
      raft.messages.push(message);
    }
    const output: Output = {
      messages: raft.messages,
      persist,
      committed: this.#takeCommitted(),
      reads: raft.confirmedReads,
      snapshotTargets: raft.snapshotTargets,
    };
    raft.messages = [];
    raft.confirmedReads = [];
    raft.snapshotTargets = [];
    assertInvariants(raft);
    return output;
  }

  /** Committed and durable entries still wait for the next output. */
  hasMoreToApply(): boolean {
    const { log } = this.#state;
    return log.appliedIndex < Math.min(log.commitIndex, log.durableIndex);
  }

  view(): RaftView {
    return viewOf(this.#state);
  }

  /** Replication progress; empty unless this node leads. */
  peers(): readonly PeerProgress[] {
    return peersOf(this.#state);
  }

  /** The configuration in force at `index`, and the entry that set it. */
  configurationAt(index: LogIndex): LoggedConfiguration {
    return this.#state.configurations.at(index);
  }

  /** The term of an entry that the log still holds. */
  termAt(index: LogIndex): Term {
    return this.#state.log.term(index);
  }

  /** Sends or queues the read rounds of this node that are new or overdue. */
  #askReads(): void {
    const raft = this.#state;
    const leader = raft.leader();
    if (leader === undefined) return;
    for (const context of raft.ownReads.due(raft.nowMs, raft.config.heartbeatIntervalMs * 2)) {
      if (raft.role.kind === "leader") handleReadIndexRequest(raft, raft.role, { context });
      else {
        raft.send({ kind: "read-index", from: raft.self, to: leader, term: raft.term, context });
      }
    }
  }

  #takeBatch(): PersistBatch | undefined {
    const raft = this.#state;
    const needsHardState = raft.durability.needsHardState();
    const snapshot = raft.snapshotToInstall;
    if (!needsHardState && snapshot === undefined && !raft.log.hasPending()) return undefined;
    raft.snapshotToInstall = undefined;
    return {
      hardState: needsHardState ? { term: raft.term, vote: raft.vote } : undefined,
      entries: raft.log.takePending(),
      snapshot,
      sequence: raft.durability.begin(raft.log.lastIndex),
    };
  }

  #takeCommitted(): readonly Entry[] {
    const { log, config } = this.#state;
    const to = Math.min(log.commitIndex, log.durableIndex);
    if (log.appliedIndex >= to) return [];
    const entries = log.entries(log.appliedIndex + 1, to + 1, config.applyBytesMax);
    log.appliedIndex += entries.length;
    return entries;
  }

  #bestHeir(): MemberKey | undefined {
    const raft = this.#state;
    if (raft.role.kind !== "leader") return undefined;
    let best: MemberKey | undefined;
    let bestMatch = -1;
    for (const key of raft.configuration().voters) {
      const progress = raft.role.progress.get(key);
      if (key === raft.self || progress === undefined) continue;
      const isLive = raft.nowMs - progress.lastContactMs < raft.config.electionTimeoutMs;
      if (isLive && progress.matchIndex > bestMatch) {
        best = key;
        bestMatch = progress.matchIndex;
      }
    }
    return best;
  }
}

/** The configuration of the applied state, and those of the entries behind it. */
function loadConfigurations(log: RaftLog, applied: SnapshotMeta): ConfigurationLog {
  const configurations = new ConfigurationLog({
    index: applied.configurationIndex,
    configuration: applied.configuration,
  });
  let from = applied.index + 1;
  while (from <= log.lastIndex) {
    const entries = log.entries(from, log.lastIndex + 1, SCAN_BYTES);
    for (const entry of entries) {
      if (entry.kind !== "configuration") continue;
      configurations.append({ index: entry.index, configuration: decodeConfiguration(entry.data) });
    }
    from += entries.length;
  }
  return configurations;
}
