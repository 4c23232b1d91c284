import { assertNever, CaucusError, type Clock } from "@caucus/base";
import { type ChangeOutcome, type Member, type MembershipChange, memberOf } from "@caucus/raft";
import type { ClusterCalls, JoinReply, JoinRequest } from "@caucus/rpc";
import type { RaftMember } from "../raft-member.ts";
import type { Applicants } from "./applicants.ts";
import type { DecisionLog } from "./decision-log.ts";
import { acknowledgedIndex, judgeJoin } from "./join-judge.ts";
import type { JoinLimits, LeaderView } from "./leader-view.ts";
import { describeMember } from "./membership-changes.ts";
import { CHANGE_TIMEOUT_MS, changeError } from "./operator-changes.ts";

const IDENTIFY_TIMEOUT_MS = 1_000;

export interface JoinOfficeParts {
  readonly raft: RaftMember;
  readonly leadership: { look(): LeaderView | undefined };
  readonly applicants: Applicants;
  readonly decisions: DecisionLog;
  readonly calls: Pick<ClusterCalls, "identify">;
  readonly limits: JoinLimits;
  readonly clock: Clock;
}

/** Answers those who ask to be taken in: judges on the leader, and carries the verdict out. */
export class JoinOffice {
  readonly #parts: JoinOfficeParts;
  #isBusy = false;

  constructor(parts: JoinOfficeParts) {
    this.#parts = parts;
  }

  async join(request: JoinRequest): Promise<JoinReply> {
    const { applicants, leadership, raft } = this.#parts;
    const isFromHere = request.cluster === raft.cluster;
    // Whoever asks wants to vote: noted before the view is taken, which names the candidates.
    if (isFromHere && raft.status().role === "leader") applicants.asks(request);
    const view = leadership.look();
    if (view === undefined) return { kind: "not-leader", leader: raft.leader() };
    // One at a time: two verdicts on one configuration would only refuse each other.
    if (this.#isBusy) return { kind: "wait", message: "another node is being taken in" };
    this.#isBusy = true;
    try {
      const reply = await this.#carryOut(view, request);
      if (reply.kind === "wait" || reply.kind === "refused") {
        applicants.answered(request.member.key, reply.message);
      }
      return reply;
    } finally {
      this.#isBusy = false;
    }
  }

  async #carryOut(view: LeaderView, request: JoinRequest): Promise<JoinReply> {
    const { applicants, leadership, limits } = this.#parts;
    const { key } = request.member;
    const verdict = judgeJoin(view, request, applicants.seen(key), limits);
    if (memberOf(view.configuration, key) !== undefined) {
      applicants.noteMember(request, acknowledgedIndex(view, key));
    }
    switch (verdict.kind) {
      case "reply":
        return verdict.reply;
      case "change":
        return this.#change(verdict.change, verdict.decision, verdict.reason);
      case "ask-holders": {
        const living = await this.#living(verdict.holders);
        if (living !== undefined) {
          const message = `label ${living.label} is in use by the live ${describeMember(living)}`;
          return { kind: "refused", message };
        }
        if (verdict.takeOver === undefined) return { kind: "wait", message: verdict.wait };
        // The judge of voters has not waited for the holders.
        if (leadership.look()?.configurationIndex !== view.configurationIndex) {
          return { kind: "wait", message: "the membership has changed meanwhile" };
        }
        const names = verdict.holders.map(describeMember).join(" and ");
        const decision = `${describeMember(request.member)} becomes a learner`;
        return this.#change(
          verdict.takeOver,
          decision,
          `it stands by to replace the silent ${names}`,
        );
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

  #change(change: MembershipChange, decision: string, reason: string): Promise<JoinReply> {
    const { clock, decisions, raft } = this.#parts;
    decisions.record(decision, reason);
    const deadlineMs = clock.monotonicMs() + CHANGE_TIMEOUT_MS;
    return new Promise((resolve) => {
      raft.driver.changeMembership(change, deadlineMs, (outcome) => {
        const reply = replyTo(outcome);
        if (reply.kind !== "member") decisions.record(`not done: ${decision}`, reply.message);
        resolve(reply);
      });
    });
  }
}

function replyTo(outcome: ChangeOutcome): Exclude<JoinReply, { kind: "not-leader" }> {
  if (outcome.kind === "changed") return { kind: "member" };
  if (outcome.kind === "invalid") return { kind: "refused", message: outcome.message };
  return { kind: "wait", message: CaucusError.from(changeError(outcome)).message };
}
