/**
 * What a leader answers to a node that asks to be taken in (docs/decisions/0005).
 * Pure: it looks at one view of the leader's state and returns a verdict; `JoinOffice` carries
 * it out. Every change names the configuration that was judged, so that a verdict on an old
 * view is refused by the core instead of being carried out.
 */
import {
  isJoint,
  type LogIndex,
  type Member,
  type MemberKey,
  type MembershipChange,
  memberOf,
} from "@caucus/raft";
import type { JoinReply, JoinRequest } from "@caucus/rpc";
import type { JoinLimits, LeaderView, Sighting } from "./leader-view.ts";
import { addLearner, describeMember, recordMember } from "./membership-changes.ts";

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
  | {
      readonly kind: "change";
      readonly change: MembershipChange;
      readonly decision: string;
      readonly reason: string;
    };

/** N7 to N9, N23 and N36: the rules in the order in which they are asked. */
export function judgeJoin(
  view: LeaderView,
  request: JoinRequest,
  seen: Sighting,
  limits: JoinLimits,
): JoinVerdict {
  const { key } = request.member;
  if (request.cluster !== view.cluster) {
    // Perhaps only its address is that of a former member: no reason to give up.
    return { kind: "reply", reply: { kind: "not-leader", leader: undefined } };
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
    : judgeKnown(view, request, seen, known);
}

function judgeKnown(
  view: LeaderView,
  request: JoinRequest,
  seen: Sighting,
  known: Member,
): JoinVerdict {
  const { member } = request;
  if (member.label !== known.label) {
    return refused(`key ${member.key} belongs to label ${known.label}, not ${member.label}`);
  }
  if (request.startCounter < seen.startCounter) {
    return refused(
      `key ${member.key} was started ${seen.startCounter} times, this copy ${request.startCounter}: ` +
        "it is a clone or was restored from a copy",
    );
  }
  if (request.lastIndex < seen.doubtedIndex) {
    return refused(
      `key ${member.key} acknowledged entry ${seen.doubtedIndex}, but its log ends at ` +
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
      decision: `${describeMember(member)} is recorded at its new address`,
      reason: `it has moved from ${known.rpcAddress}`,
    };
  }
  return { kind: "reply", reply: { kind: "member" } };
}

function judgeNewcomer(view: LeaderView, request: JoinRequest, limits: JoinLimits): JoinVerdict {
  const { member } = request;
  const objection = objectionTo(view, request);
  if (objection !== undefined)
    return { kind: "reply", reply: { kind: "wait", message: objection } };
  if (!isSettled(view)) return busy();
  const holders = view.configuration.members.filter((other) => other.label === member.label);
  const change = addLearner(view.configuration, view.configurationIndex, member);
  if (holders.length === 0) {
    const reason = request.nominated ? "gossip has nominated it" : "it was told to join";
    const decision = `${describeMember(member)} becomes a learner`;
    return { kind: "change", change, decision, reason };
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

/** N36: what the replicated policy says to a newcomer; undefined: it is welcome. */
function objectionTo(
  { configuration, policy }: LeaderView,
  { member: { label }, nominated }: JoinRequest,
): string | undefined {
  if (nominated && !policy.automatic) {
    return `automatic membership is off in this cluster; add it with caucus cluster add ${label}`;
  }
  const isHeld = configuration.members.some((other) => other.label === label);
  if (isHeld || !policy.paused.includes(label)) return undefined;
  return `an operator keeps label ${label} out; add it with caucus cluster add ${label}, or let automation do so with caucus cluster policy --readmit ${label}`;
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
