import { assertNever, CaucusError, type Clock, type Logger } from "@caucus/base";
import {
  type ChangeOutcome,
  type LogIndex,
  type Member,
  type MemberKey,
  type MembershipChange,
  memberOf,
} from "@caucus/raft";
import type { ClusterCalls, JoinReply, JoinRequest } from "@caucus/rpc";
import type { RaftMember } from "../raft-member.ts";
import { acknowledgedIndex, judgeJoin } from "./join-judge.ts";
import type { JoinLimits, LeaderView } from "./leader-view.ts";
import { describeMember } from "./membership-changes.ts";
import { CHANGE_TIMEOUT_MS, changeError } from "./operator-changes.ts";

const IDENTIFY_TIMEOUT_MS = 1_000;

/** A learner that asked within it still wants to become a voter, in ms. */
const CANDIDATE_MS = 5_000;

/** Keys that are remembered; the oldest goes first. */
const SEEN_MAX = 1_024;

/** What a key has said and acknowledged before. */
interface Sighting {
  readonly startCounter: number;
  readonly doubtedIndex: LogIndex;
}

const NEVER_SEEN: Sighting = { startCounter: 0, doubtedIndex: 0 };

export interface JoinOfficeParts {
  readonly self: MemberKey;
  readonly member: RaftMember;
  readonly calls: Pick<ClusterCalls, "identify">;
  readonly limits: JoinLimits;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Answers those who ask to be taken in: judges on the leader, and carries the verdict out. */
export class JoinOffice {
  readonly #parts: JoinOfficeParts;
  readonly #seen = new Map<MemberKey, Sighting>();
  readonly #askedMs = new Map<MemberKey, number>();
  #isBusy = false;

  constructor(parts: JoinOfficeParts) {
    this.#parts = parts;
  }

  async join(request: JoinRequest): Promise<JoinReply> {
    const status = this.#parts.member.status();
    if (status.role !== "leader") {
      return { kind: "not-leader", leader: this.#parts.member.leader() };
    }
    // One at a time: two verdicts on one configuration would only refuse each other.
    if (this.#isBusy) return { kind: "wait", message: "another node is being taken in" };
    this.#isBusy = true;
    try {
      return await this.#carryOut(request);
    } finally {
      this.#isBusy = false;
    }
  }

  async #carryOut(request: JoinRequest): Promise<JoinReply> {
    const view = this.#view(request.member.key);
    const verdict = judgeJoin(view, request, this.#parts.limits);
    this.#remember(request, view);
    switch (verdict.kind) {
      case "reply":
        return verdict.reply;
      case "change":
        return this.#change(verdict.change, verdict.reason);
      case "ask-holders": {
        const living = await this.#living(verdict.holders);
        if (living !== undefined) {
          const message = `label ${living.label} is in use by the live ${describeMember(living)}`;
          return { kind: "refused", message };
        }
        if (verdict.takeOver === undefined) return { kind: "wait", message: verdict.wait };
        const names = verdict.holders.map(describeMember).join(" and ");
        const reason = `${describeMember(request.member)} stands by to replace the silent ${names}`;
        return this.#change(verdict.takeOver, reason);
      }
      default:
        return assertNever(verdict);
    }
  }

  /** The first holder that answers at its own address under its own key. */
  async #living(holders: readonly Member[]): Promise<Member | undefined> {
    const { calls } = this.#parts;
    const answers = await Promise.all(
      holders.map(async (holder) => {
        try {
          const identity = await calls.identify(holder.rpcAddress, IDENTIFY_TIMEOUT_MS);
          return identity.member.key === holder.key ? holder : undefined;
        } catch {
          return undefined;
        }
      }),
    );
    return answers.find((holder) => holder !== undefined);
  }

  #change(change: MembershipChange, reason: string): Promise<JoinReply> {
    const { clock, logger, member } = this.#parts;
    logger.info("changing the membership", { reason });
    const deadlineMs = clock.monotonicMs() + CHANGE_TIMEOUT_MS;
    return new Promise((resolve) => {
      member.driver.changeMembership(change, deadlineMs, (outcome) => resolve(replyTo(outcome)));
    });
  }

  #view(key: MemberKey): LeaderView {
    const { member, self } = this.#parts;
    const status = member.status();
    const { configuration, configurationIndex, lastIndex } = status;
    return {
      cluster: member.cluster,
      self,
      configuration,
      configurationIndex,
      settled: status.hasCommittedInTerm && status.configurationCommitted && !status.transferring,
      lastIndex,
      peers: member.peers(),
      ...(this.#seen.get(key) ?? NEVER_SEEN),
      candidates: this.#candidates(key),
    };
  }

  #candidates(asking: MemberKey): ReadonlySet<MemberKey> {
    const nowMs = this.#parts.clock.monotonicMs();
    this.#askedMs.set(asking, nowMs);
    for (const [key, askedMs] of this.#askedMs) {
      if (nowMs - askedMs > CANDIDATE_MS) this.#askedMs.delete(key);
    }
    return new Set(this.#askedMs.keys());
  }

  #remember(request: JoinRequest, view: LeaderView): void {
    const { key } = request.member;
    if (memberOf(view.configuration, key) === undefined) return;
    const acknowledged = acknowledgedIndex(view, key);
    this.#seen.delete(key);
    this.#seen.set(key, {
      startCounter: Math.max(view.startCounter, request.startCounter),
      doubtedIndex: request.lastIndex < acknowledged ? acknowledged : 0,
    });
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > SEEN_MAX && oldest !== undefined) this.#seen.delete(oldest);
  }
}

function replyTo(outcome: ChangeOutcome): JoinReply {
  if (outcome.kind === "changed") return { kind: "member" };
  if (outcome.kind === "invalid") return { kind: "refused", message: outcome.message };
  return { kind: "wait", message: CaucusError.from(changeError(outcome)).message };
}
