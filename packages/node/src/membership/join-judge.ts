/**
 * What a leader answers to a node that asks to be taken in (docs/decisions/0005).
 * Pure: it looks at one view of the leader's state and returns a verdict; `JoinOffice` carries
 * it out. Every change names the configuration that was judged, so that a verdict on an old
 * view is refused by the core instead of being carried out.
 */
import {
  isJoint,
  isLearner,
  type LogIndex,
  type Member,
  type MemberKey,
  type MembershipChange,
  memberOf,
} from "@caucus/raft";
import type { JoinReply, JoinRequest } from "@caucus/rpc";
import type { JoinLimits, LeaderView } from "./leader-view.ts";
import { addLearner, describeMember, recordMember } from "./membership-changes.ts";
import { judgePromotion } from "./promotion.ts";

export type JoinVerdict =
  | { readonly kind: "reply"; readonly reply: JoinReply }
  /** The label belongs to others: ask each at its address, then take over or refuse. */
  | {
      readonly kind: "ask-holders";
      readonly holders: readonly Member[];
      /** What to do when none of them lives; undefined: the silence is too short, `wait` says so. */
      readonly takeOver: MembershipChange | undefined;
      readonly wait: string;
    }
  | { readonly kind: "change"; readonly change: MembershipChange; readonly reason: string };

/** N7 to N11 and N23: the rules in the order in which they are asked. */
export function judgeJoin(view: LeaderView, request: JoinRequest, limits: JoinLimits): JoinVerdict {
  const { key } = request.member;
  if (request.cluster !== view.cluster) {
    return refused(`this is cluster ${view.cluster}, not ${request.cluster}`);
  }
  if (view.configuration.removed.includes(key)) {
    return refused(
      `key ${key} was removed from the cluster and never returns; ` +
        "start with an empty data directory to join under a new key",
    );
  }
  const known = memberOf(view.configuration, key);
  return known === undefined
    ? judgeNewcomer(view, request, limits)
    : judgeKnown(view, request, known, limits);
}

function judgeKnown(
  view: LeaderView,
  request: JoinRequest,
  known: Member,
  limits: JoinLimits,
): JoinVerdict {
  const { member } = request;
  if (member.label !== known.label) {
    return refused(`key ${member.key} belongs to label ${known.label}, not ${member.label}`);
  }
  if (request.startCounter < view.startCounter) {
    return refused(
      `key ${member.key} was started ${view.startCounter} times, this copy ${request.startCounter}: ` +
        "it is a clone or was restored from a copy",
    );
  }
  if (request.lastIndex < view.doubtedIndex) {
    return refused(
      `key ${member.key} acknowledged entry ${view.doubtedIndex}, but its log ends at ` +
        `${request.lastIndex}: its disk has lost data or was restored from a copy`,
    );
  }
  // It may have acknowledged more since it asked: only its next question shows which it is.
  if (request.lastIndex < acknowledgedIndex(view, member.key)) {
    return { kind: "reply", reply: { kind: "wait", message: "its log is being compared" } };
  }
  if (member.rpcAddress !== known.rpcAddress || member.apiAddress !== known.apiAddress) {
    if (!isSettled(view)) return busy();
    return {
      kind: "change",
      change: recordMember(view.configuration, view.configurationIndex, member),
      reason: `${describeMember(member)} has moved from ${known.rpcAddress}`,
    };
  }
  if (!isLearner(view.configuration, member.key))
    return { kind: "reply", reply: { kind: "member" } };
  const promotion = isSettled(view) ? judgePromotion(view, member, limits) : undefined;
  if (promotion === undefined) return { kind: "reply", reply: { kind: "member" } };
  return { kind: "change", ...promotion };
}

function judgeNewcomer(view: LeaderView, request: JoinRequest, limits: JoinLimits): JoinVerdict {
  const { member } = request;
  if (!isSettled(view)) return busy();
  const holders = view.configuration.members.filter((other) => other.label === member.label);
  const change = addLearner(view.configuration, view.configurationIndex, member);
  if (holders.length === 0) {
    return { kind: "change", change, reason: `${describeMember(member)} asked to join` };
  }
  const leader = holders.find((holder) => holder.key === view.self);
  if (leader !== undefined) {
    return refused(`label ${member.label} is in use by the live ${describeMember(leader)}`);
  }
  const silentMs = Math.min(...holders.map((holder) => silenceOf(view, holder.key)));
  const silentEnough = silentMs >= limits.replaceAfterMs;
  return {
    kind: "ask-holders",
    holders,
    takeOver: silentEnough ? change : undefined,
    wait:
      `label ${member.label} belongs to ${holders.map(describeMember).join(" and ")}, silent for ` +
      `${Math.round(silentMs)} ms; a new key takes over after ${limits.replaceAfterMs} ms`,
  };
}

/** What the leader knows to be durable on the member. */
export function acknowledgedIndex(view: LeaderView, key: MemberKey): LogIndex {
  return view.peers.find((peer) => peer.key === key)?.matchIndex ?? 0;
}

function silenceOf(view: LeaderView, key: MemberKey): number {
  return view.peers.find((peer) => peer.key === key)?.silentMs ?? 0;
}

function isSettled(view: LeaderView): boolean {
  return view.settled && !isJoint(view.configuration);
}

function busy(): JoinVerdict {
  return {
    kind: "reply",
    reply: { kind: "wait", message: "a membership change or an election is in progress" },
  };
}

function refused(message: string): JoinVerdict {
  return { kind: "reply", reply: { kind: "refused", message } };
}
