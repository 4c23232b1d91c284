/**
 * Which learners become voters, and in whose place (docs/decisions/0015). Pure: it looks at one view
 * of the leader's state; `MembershipSync` carries the decision out. Every change names the
 * configuration that was judged, so that a decision on an old view is refused by the core.
 *
 * N10: a stand-in takes the place of the silent voter of its label. N33: a voter that neither gossip
 * nor Raft has heard of for long is swapped for a spare learner. N11: otherwise voters grow
 * 1 → 3 → 5. N34: no change leaves voters of whom no quorum answers now.
 */
import {
  type Configuration,
  isJoint,
  isVoter,
  type Member,
  type MemberKey,
  type MembershipChange,
  memberOf,
} from "@caucus/raft";
import type { LeaderView, VoterLimits } from "./leader-view.ts";
import { promote } from "./membership-changes.ts";

/** A learner this close behind the leader's log counts as caught up, in entries. */
const CAUGHT_UP_ENTRIES = 64;

/** Automatic growth ends here; an operator may go on. */
const VOTERS_MAX = 5;

export interface VoterDecision {
  readonly change: MembershipChange;
  /** What is done: a short sentence. */
  readonly decision: string;
  readonly reason: string;
}

/** What to do now; undefined: nothing. */
export function judgeVoters(view: LeaderView, limits: VoterLimits): VoterDecision | undefined {
  if (!view.settled || isJoint(view.configuration)) return undefined;
  if (view.votersSinceMs < limits.settleMs) return undefined;
  return judgeStandIns(view, limits) ?? judgeDead(view, limits) ?? judgeGrowth(view, limits);
}

/** Why a learner is no voter: a sentence. */
export function explainLearner(view: LeaderView, limits: VoterLimits, member: Member): string {
  const { configuration, policy } = view;
  const name = `node ${member.label} is a learner`;
  const replaced = heldBy(configuration, member);
  const voters = configuration.voters.length;
  if (!view.candidates.has(member.key)) {
    const isPaused = policy.paused.includes(member.label);
    return isPaused
      ? `${name}: an operator has said so, and automation leaves it alone until it is readmitted`
      : `${name}: automatic membership is off, and it was not told to join; promote it with caucus cluster promote ${member.label}`;
  }
  if (silentMs(view, member.key) >= limits.reachableMs) return `${name}: it does not answer`;
  if (!isReady(view, limits, member.key)) return `${name}: it has not yet caught up with the log`;
  if (replaced !== undefined) {
    return `${name}: it stands by for the voter of its label, silent for ${Math.round(silentMs(view, replaced.key))} ms`;
  }
  if (view.votersSinceMs < limits.settleMs) {
    return `${name}: the voters changed less than ${limits.settleMs} ms ago`;
  }
  const spare = "until then it is a spare for a voter that is silent for long";
  if (voters >= VOTERS_MAX) {
    return `${name}: there are ${voters} voters, and more than ${VOTERS_MAX} make a cluster slower; ${spare}`;
  }
  if (voters % 2 === 1) {
    return `${name}: ${voters + 1} voters bear no more failures than ${voters}; it votes when one more learner has come, ${spare}`;
  }
  return `${name}: a quorum of the voters with it would not answer now`;
}

/** A new key under the label of a silent voter. */
function judgeStandIns(view: LeaderView, limits: VoterLimits): VoterDecision | undefined {
  const { configuration } = view;
  for (const member of readyLearners(view, limits)) {
    const replaced = heldBy(configuration, member);
    // While the old key answers, an operator must sort out who holds the label.
    if (replaced === undefined || silentMs(view, replaced.key) < limits.reachableMs) continue;
    const reason = `label ${member.label} has a new key, and the old one is silent`;
    const swap = judgeSwap(view, limits, member, replaced, reason);
    if (swap !== undefined) return swap;
  }
  return undefined;
}

/** The longest dead voter, for the spare with the lowest label. Only where the policy says so. */
function judgeDead(view: LeaderView, limits: VoterLimits): VoterDecision | undefined {
  const { configuration, policy } = view;
  if (!policy.automatic) return undefined;
  const [spare] = spareLearners(view, limits);
  if (spare === undefined) return undefined;
  const dead = configuration.members
    .filter(({ key, label }) => isVoter(configuration, key) && !policy.paused.includes(label))
    .filter(({ key }) => unseenMs(view, key) >= limits.deadVoterAfterMs)
    .sort((a, b) => unseenMs(view, b.key) - unseenMs(view, a.key));
  for (const voter of dead) {
    const reason =
      `neither gossip nor Raft has heard of node ${voter.label} for ` +
      `${Math.round(unseenMs(view, voter.key))} ms`;
    const swap = judgeSwap(view, limits, spare, voter, reason);
    if (swap !== undefined) return swap;
  }
  return undefined;
}

function judgeSwap(
  view: LeaderView,
  limits: VoterLimits,
  member: Member,
  replaced: Member,
  reason: string,
): VoterDecision | undefined {
  const { configuration, configurationIndex } = view;
  const after = [...configuration.voters.filter((key) => key !== replaced.key), member.key];
  if (!quorumAnswers(view, configuration.voters, limits)) return undefined;
  if (!quorumAnswers(view, after, limits)) return undefined;
  return {
    change: promote(configuration, configurationIndex, [member.key], [replaced.key]),
    decision:
      `node ${member.label} (key ${member.key.slice(0, 8)}…) takes the place of node ` +
      `${replaced.label} (key ${replaced.key.slice(0, 8)}…)`,
    reason,
  };
}

/** To an odd number of voters: by two, or by one where an operator has made it even. */
function judgeGrowth(view: LeaderView, limits: VoterLimits): VoterDecision | undefined {
  const { configuration, configurationIndex } = view;
  const voters = configuration.voters.length;
  const missing = voters % 2 === 0 ? 1 : 2;
  if (voters + missing > VOTERS_MAX) return undefined;
  const promoted = spareLearners(view, limits).slice(0, missing);
  if (promoted.length < missing) return undefined;
  const keys = promoted.map(({ key }) => key);
  const after = [...configuration.voters, ...keys];
  if (!quorumAnswers(view, configuration.voters, limits)) return undefined;
  if (!quorumAnswers(view, after, limits)) return undefined;
  const labels = promoted.map(({ label }) => label).join(" and ");
  return {
    change: promote(configuration, configurationIndex, keys, []),
    decision: `${missing === 1 ? "node" : "nodes"} ${labels} become voters, ${after.length} in all`,
    reason: `caught up, and ${after.length} voters bear the failure of ${(after.length - 1) / 2}`,
  };
}

/** Learners that may vote, answer and have caught up, by label. */
function readyLearners(view: LeaderView, limits: VoterLimits): readonly Member[] {
  const { candidates, configuration } = view;
  return configuration.learners
    .filter((key) => candidates.has(key) && isReady(view, limits, key))
    .flatMap((key) => memberOf(configuration, key) ?? [])
    .sort((a, b) => a.label - b.label);
}

/** Those that take nobody's place. */
function spareLearners(view: LeaderView, limits: VoterLimits): readonly Member[] {
  return readyLearners(view, limits).filter(
    (member) => heldBy(view.configuration, member) === undefined,
  );
}

/** The voter that holds the label of a learner under another key. */
function heldBy(configuration: Configuration, { key, label }: Member): Member | undefined {
  return configuration.members.find(
    (other) => other.label === label && other.key !== key && isVoter(configuration, other.key),
  );
}

function isReady(view: LeaderView, limits: VoterLimits, key: MemberKey): boolean {
  const peer = view.peers.find((other) => other.key === key);
  return (
    peer?.replicating === true &&
    peer.silentMs < limits.reachableMs &&
    peer.matchIndex + CAUGHT_UP_ENTRIES >= view.lastIndex
  );
}

function quorumAnswers(
  view: LeaderView,
  voters: readonly MemberKey[],
  limits: VoterLimits,
): boolean {
  const answering = voters.filter(
    (key) => key === view.self || silentMs(view, key) < limits.reachableMs,
  );
  return answering.length > voters.length / 2;
}

/** In Raft. */
function silentMs(view: LeaderView, key: MemberKey): number {
  return view.peers.find((peer) => peer.key === key)?.silentMs ?? Number.POSITIVE_INFINITY;
}

/** In Raft and in gossip. */
function unseenMs(view: LeaderView, key: MemberKey): number {
  const peer = view.peers.find((other) => other.key === key);
  return peer === undefined ? 0 : Math.min(peer.silentMs, peer.gossipSilentMs);
}
