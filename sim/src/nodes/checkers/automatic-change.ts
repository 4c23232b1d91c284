import {
  type Configuration,
  isJoint,
  type MemberKey,
  type MembershipChange,
  memberOf,
} from "@caucus/raft";
import type { Report } from "../../checkers/checker.ts";
import type { NodesChecker, Proposal } from "./nodes-checker.ts";

/** Most voters that automation makes. */
const VOTERS_MAX = 5;

/** What a change does to the configuration in force. */
interface Difference {
  readonly votersAdded: readonly MemberKey[];
  readonly votersDropped: readonly MemberKey[];
  readonly learnersAdded: readonly MemberKey[];
  readonly learnersDropped: readonly MemberKey[];
}

export function differenceOf(current: Configuration, next: MembershipChange): Difference {
  const without = (keys: readonly MemberKey[], others: readonly MemberKey[]): MemberKey[] =>
    keys.filter((key) => !others.includes(key));
  return {
    votersAdded: without(next.voters, current.voters),
    votersDropped: without(current.voters, next.voters),
    learnersAdded: without(without(next.learners, current.learners), current.voters),
    learnersDropped: without(without(current.learners, next.learners), next.voters),
  };
}

/** Automation names the configuration that it has judged, and judges none that may still change. */
export function judgedConfigurationNamed(report: Report): NodesChecker {
  return {
    proposing(proposal) {
      const { change, configuration, isSettled, label, reason } = proposal;
      if (reason === undefined) return;
      if (change.expectedConfigurationIndex === undefined) {
        report(`node ${label} proposes without naming what it judged: ${reason}`);
      }
      if (!isStale(proposal) && (!isSettled || isJoint(configuration))) {
        report(`node ${label} proposes while another change is under way: ${reason}`);
      }
    },
  };
}

/**
 * One change by automation is one step: a learner comes (in place of one of its label), one or two
 * learners become voters, a learner takes one voter's place, or an address is noted. Anything else
 * is a step that was judged on another configuration than it changes.
 */
export function oneStepAtATime(report: Report): NodesChecker {
  return {
    proposing(proposal) {
      if (proposal.reason === undefined || isStale(proposal)) return;
      const step = differenceOf(proposal.configuration, proposal.change);
      const { learnersAdded, learnersDropped, votersAdded, votersDropped } = step;
      const isGrowth = votersAdded.length <= 2 && votersDropped.length === 0;
      const isSwap = votersAdded.length === 1 && votersDropped.length === 1;
      const comes = learnersAdded.length <= 1 && sameLabels(proposal, step);
      const kinds = [votersAdded.length + votersDropped.length, learnersAdded.length];
      const isOne = kinds.filter((count) => count > 0).length <= 1;
      const dropsAlone = learnersDropped.length > 0 && learnersAdded.length === 0;
      if ((isGrowth || isSwap) && comes && isOne && !dropsAlone) return;
      report(`node ${proposal.label} proposes ${JSON.stringify(step)}: ${proposal.reason}`);
    },
  };
}

/** N11: Where automation changes the number of voters, it becomes odd, and five at most. */
export function oddVoters(report: Report): NodesChecker {
  return {
    proposing({ change, configuration, label, reason }) {
      if (reason === undefined) return;
      const before = configuration.voters.length;
      const after = change.voters.length;
      if (after === before) return;
      if (after % 2 === 0 || after > VOTERS_MAX || after < before) {
        report(`node ${label} goes from ${before} to ${after} voters: ${reason}`);
      }
    },
  };
}

/** Automation makes no voters of whom a majority was not heard of lately, and leaves none such. */
export function answeringQuorum(report: Report, reachableMs: number): NodesChecker {
  return {
    proposing(proposal) {
      const { change, configuration, key: self, label, reason } = proposal;
      if (reason === undefined) return;
      const { votersAdded, votersDropped } = differenceOf(configuration, change);
      if (votersAdded.length + votersDropped.length === 0) return;
      const answers = (key: MemberKey): boolean =>
        key === self || proposal.silenceOf(key) <= reachableMs;
      for (const voters of [configuration.voters, change.voters]) {
        const answering = voters.filter(answers);
        if (answering.length * 2 > voters.length) continue;
        report(
          `node ${label} proposes ${voters.length} voters of whom ${answering.length} answer: ` +
            reason,
        );
      }
    },
  };
}

export interface SilenceLimits {
  /** A voter that was heard within it is alive. */
  readonly reachableMs: number;
  /** Without a word for less than this, nobody else's label takes its place. */
  readonly replaceDeadAfterMs: number;
}

/**
 * N10: A voter leaves by automation only when it is silent: for a moment when a stand-in under its
 * own label takes its place, for long when another does, and then in gossip as well.
 */
export function livingVotersStay(report: Report, limits: SilenceLimits): NodesChecker {
  return {
    proposing(proposal) {
      const { change, configuration, label, reason } = proposal;
      if (reason === undefined) return;
      const { votersAdded, votersDropped } = differenceOf(configuration, change);
      for (const key of votersDropped) {
        const name = memberOf(configuration, key)?.label;
        const isStandIn = votersAdded.some((other) => labelIn(change, other) === name);
        const neededMs = isStandIn ? limits.reachableMs : limits.replaceDeadAfterMs;
        const silentMs = proposal.silenceOf(key);
        if (silentMs < neededMs) {
          report(
            `node ${label} drops voter ${name}, heard ${Math.round(silentMs)} ms ago: ${reason}`,
          );
        }
        if (!isStandIn && proposal.isLiveInGossip(key)) {
          report(`node ${label} drops voter ${name}, which is live in gossip: ${reason}`);
        }
      }
    },
  };
}

/** What an operator has removed stays out, under any key, until an operator wants it back. */
export function removedStaysOut(report: Report): NodesChecker {
  const out = new Set<number>();
  return {
    removed: (label) => void out.add(label),
    readmitted: (label) => void out.delete(label),
    proposing(proposal) {
      const { change, configuration, label, reason } = proposal;
      if (reason === undefined || isStale(proposal)) return;
      const { learnersAdded, votersAdded } = differenceOf(configuration, change);
      for (const key of [...learnersAdded, ...votersAdded]) {
        const added = labelIn(change, key);
        if (added !== undefined && out.has(added)) {
          report(`node ${label} takes removed node ${added} back: ${reason}`);
        }
      }
    },
  };
}

/** The core refuses it anyway. */
function isStale({ change, configurationIndex }: Proposal): boolean {
  const { expectedConfigurationIndex: expected } = change;
  return expected !== undefined && expected !== configurationIndex;
}

/** Learners leave only for one of their label. */
function sameLabels({ change, configuration }: Proposal, step: Difference): boolean {
  const labels = step.learnersAdded.map((key) => labelIn(change, key));
  return step.learnersDropped.every((key) => labels.includes(memberOf(configuration, key)?.label));
}

function labelIn({ members }: MembershipChange, key: MemberKey): number | undefined {
  return members.find((member) => member.key === key)?.label;
}
