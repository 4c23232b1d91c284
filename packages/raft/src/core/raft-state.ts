/**
 * What one member knows, and the few operations that every role shares: sending a message only
 * when what it says is durable, and collecting outputs. The algorithm is in roles/.
 *
 * R1: a message of a term leaves only when that term and its vote are durable.
 * R2: an accepted append or a granted vote leaves only when what it promises is durable.
 */
import type { Rng } from "@caucus/base";
import { type Configuration, isVoter, type SnapshotMeta } from "./configuration.ts";
import { Durability } from "./durability.ts";
import type { LogIndex, MemberKey, Term } from "./identity.ts";
import type { RaftLog } from "./log/raft-log.ts";
import type { ConfigurationLog } from "./membership/configuration-log.ts";
import type { Message } from "./message.ts";
import type { ConfirmedRead } from "./output.ts";
import type { RaftConfig } from "./raft-config.ts";
import type { OwnReads } from "./reads/own-reads.ts";
import type { Role } from "./roles/role.ts";

export interface RaftStateStart {
  readonly self: MemberKey;
  readonly config: RaftConfig;
  readonly rng: Rng;
  readonly nowMs: number;
  readonly term: Term;
  readonly vote: MemberKey | undefined;
  readonly log: RaftLog;
  readonly configurations: ConfigurationLog;
  readonly ownReads: OwnReads;
}

export class RaftState {
  readonly self: MemberKey;
  readonly config: RaftConfig;
  readonly rng: Rng;
  readonly log: RaftLog;
  readonly configurations: ConfigurationLog;
  readonly ownReads: OwnReads;
  readonly durability: Durability = new Durability();
  term: Term;
  vote: MemberKey | undefined;
  role: Role = { kind: "follower", leader: undefined };
  nowMs: number;
  /** A follower or candidate campaigns at this time. */
  electionDeadlineMs = 0;
  /** When a message of the leader of this term came last. */
  leaderContactMs: number = Number.NEGATIVE_INFINITY;
  /** A received snapshot that the next batch installs. */
  snapshotToInstall: SnapshotMeta | undefined;

  messages: Message[] = [];
  confirmedReads: ConfirmedRead[] = [];
  snapshotTargets: MemberKey[] = [];

  constructor(start: RaftStateStart) {
    this.self = start.self;
    this.config = start.config;
    this.rng = start.rng;
    this.nowMs = start.nowMs;
    this.term = start.term;
    this.vote = start.vote;
    this.log = start.log;
    this.configurations = start.configurations;
    this.ownReads = start.ownReads;
    this.resetElectionTimer();
  }

  configuration(): Configuration {
    return this.configurations.latest().configuration;
  }

  isVoter(): boolean {
    return isVoter(this.configuration(), this.self);
  }

  /**
   * Whether this node may start an election: it is a voter of the last configuration that it
   * knows to be committed, or of a later one. One that is about to be removed must still do so:
   * it may be the only one that can commit the configuration without it (thesis §4.2.2).
   */
  mayCampaign(): boolean {
    const open = this.configurations.since(this.log.commitIndex);
    return open.some(({ configuration }) => isVoter(configuration, this.self));
  }

  leader(): MemberKey | undefined {
    if (this.role.kind === "leader") return this.self;
    return this.role.kind === "follower" ? this.role.leader : undefined;
  }

  /** R3: at most one vote a term, and the term never falls. */
  setTermAndVote(term: Term, vote: MemberKey | undefined): void {
    this.term = term;
    this.vote = vote;
    this.durability.hardStateChanged();
  }

  /** Sends as soon as this node's term and vote are durable. */
  send(message: Message): void {
    if (this.durability.isHardStateDurable()) this.messages.push(message);
    else this.durability.hold(message);
  }

  /** Sends when everything appended and promised so far is durable. */
  sendWhenDurable(message: Message): void {
    const isDurable =
      this.durability.isAllDurable() &&
      !this.log.hasPending() &&
      this.snapshotToInstall === undefined;
    if (isDurable) this.messages.push(message);
    else this.durability.hold(message);
  }

  resetElectionTimer(): void {
    const { electionTimeoutMs } = this.config;
    const spreadMs = Math.floor(this.rng.next() * electionTimeoutMs);
    this.electionDeadlineMs = this.nowMs + electionTimeoutMs + spreadMs;
  }

  /**
   * A leader was heard of within the shortest election timeout: a vote would depose it for
   * nothing (Raft §6, thesis §4.2.3).
   */
  hasLiveLeader(): boolean {
    if (this.role.kind === "leader") return true;
    return (
      this.leader() !== undefined &&
      this.nowMs - this.leaderContactMs < this.config.electionTimeoutMs
    );
  }

  commitTo(index: LogIndex): void {
    if (index > this.log.commitIndex) this.log.commitIndex = Math.min(index, this.log.lastIndex);
  }
}
