import {
  type Configuration,
  isVoter,
  type Member,
  type MemberKey,
  type MembershipChange,
} from "@caucus/raft";
import type { JoinLimits, LeaderView } from "./leader-view.ts";
import { describeMember, promote } from "./membership-changes.ts";

/** A learner this close behind the leader's log counts as caught up, in entries. */
const CAUGHT_UP_ENTRIES = 64;

/** Automatic growth ends here; an operator may go on. */
const VOTERS_MAX = 5;

export interface Promotion {
  readonly change: MembershipChange;
  readonly reason: string;
}

/**
 * Whether a learner that asks may become a voter now; undefined: it stays a learner.
 * Under the label of an old voter it takes that voter's place (N10). Otherwise the number of
 * voters must stay odd: with an odd number two learners go together, with an even one it goes
 * alone (N11).
 */
export function judgePromotion(
  view: LeaderView,
  member: Member,
  limits: JoinLimits,
): Promotion | undefined {
  const { configuration } = view;
  if (!isCaughtUp(view, member.key)) return undefined;
  const replaced = configuration.members.find(
    (other) =>
      other.label === member.label && other.key !== member.key && isVoter(configuration, other.key),
  );
  if (replaced !== undefined) return judgeSwap(view, member, replaced, limits);
  const voters = configuration.voters.length;
  if (voters >= VOTERS_MAX) return undefined;
  const company = voters % 2 === 0 ? [] : companionsOf(view, member);
  if (company === undefined) return undefined;
  const promoted = [member.key, ...company];
  const after = [...configuration.voters, ...promoted];
  if (!quorumAnswers(view, after, limits)) return undefined;
  return {
    change: promote(configuration, view.configurationIndex, promoted, []),
    reason: `${promoted.length} caught-up learner(s) make ${after.length} voters`,
  };
}

function judgeSwap(
  view: LeaderView,
  member: Member,
  replaced: Member,
  limits: JoinLimits,
): Promotion | undefined {
  const { configuration, configurationIndex } = view;
  // It answers again: whoever holds the label must be sorted out by an operator.
  if (silentMs(view, replaced.key) < limits.reachableMs) return undefined;
  const after = [...configuration.voters.filter((key) => key !== replaced.key), member.key];
  if (!quorumAnswers(view, configuration.voters, limits)) return undefined;
  if (!quorumAnswers(view, after, limits)) return undefined;
  return {
    change: promote(configuration, configurationIndex, [member.key], [replaced.key]),
    reason: `${describeMember(member)} takes the place of key ${replaced.key.slice(0, 8)}…`,
  };
}

/** One more caught-up learner that asks and takes nobody's place; undefined when there is none. */
function companionsOf(view: LeaderView, member: Member): readonly MemberKey[] | undefined {
  const { configuration } = view;
  const companion = configuration.learners.find(
    (key) =>
      key !== member.key &&
      view.candidates.has(key) &&
      isCaughtUp(view, key) &&
      !sharesLabel(configuration, key),
  );
  return companion === undefined ? undefined : [companion];
}

function sharesLabel(configuration: Configuration, key: MemberKey): boolean {
  const label = configuration.members.find((member) => member.key === key)?.label;
  return configuration.members.some((member) => member.label === label && member.key !== key);
}

function isCaughtUp(view: LeaderView, key: MemberKey): boolean {
  const peer = view.peers.find((other) => other.key === key);
  return peer?.replicating === true && peer.matchIndex + CAUGHT_UP_ENTRIES >= view.lastIndex;
}

function quorumAnswers(
  view: LeaderView,
  voters: readonly MemberKey[],
  limits: JoinLimits,
): boolean {
  const answering = voters.filter(
    (key) => key === view.self || silentMs(view, key) < limits.reachableMs,
  );
  return answering.length > voters.length / 2;
}

function silentMs(view: LeaderView, key: MemberKey): number {
  return view.peers.find((peer) => peer.key === key)?.silentMs ?? Number.POSITIVE_INFINITY;
}
