import type { Report } from "../../checkers/checker.ts";
import { differenceOf, isStale, labelIn } from "./difference.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/** N28: What an operator has removed stays out, under any key, until an operator wants it back. */
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
