import { memberOf } from "@caucus/raft";
import type { Report } from "../../checkers/checker.ts";
import { type Difference, differenceOf, isStale, labelIn } from "./difference.ts";
import type { NodesChecker, Proposal } from "./nodes-checker.ts";

/**
 * N32: One change by automation is one step: a learner comes (in place of one of its label), one or two
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

/** Learners leave only for one of their label. */
function sameLabels({ change, configuration }: Proposal, step: Difference): boolean {
  const labels = step.learnersAdded.map((key) => labelIn(change, key));
  return step.learnersDropped.every((key) => labels.includes(memberOf(configuration, key)?.label));
}
