import type { ClusterId } from "@caucus/raft";
import type { Report } from "../../checkers/checker.ts";
import { differenceOf, isStale, labelIn } from "./difference.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/** N28: What an operator has removed stays out, under any key, until an operator wants it back. */
export function removedStaysOut(report: Report): NodesChecker {
  /** By label, the cluster that it was removed from. */
  const out = new Map<number, ClusterId>();
  return {
    removed: (label, cluster) => void out.set(label, cluster),
    readmitted: (label) => void out.delete(label),
    proposing(proposal) {
      const { change, cluster, configuration, label, reason } = proposal;
      if (reason === undefined || isStale(proposal)) return;
      const { learnersAdded, votersAdded } = differenceOf(configuration, change);
      for (const key of [...learnersAdded, ...votersAdded]) {
        const added = labelIn(change, key);
        if (added !== undefined && out.get(added) === cluster) {
          report(`node ${label} takes removed node ${added} back: ${reason}`);
        }
      }
    },
  };
}
