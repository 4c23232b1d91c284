import type { Report } from "../../checkers/checker.ts";
import { differenceOf, isStale } from "./difference.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/** N32: Automation changes the voters only after this leadership has seen them settled for so long. */
export function settledVoters(report: Report, settleMs: number): NodesChecker {
  return {
    proposing(proposal) {
      const { change, configuration, label, reason, votersSinceMs } = proposal;
      if (reason === undefined || isStale(proposal)) return;
      const { votersAdded, votersDropped } = differenceOf(configuration, change);
      if (votersAdded.length + votersDropped.length === 0 || votersSinceMs >= settleMs) return;
      report(`node ${label} changes voters that are so for ${votersSinceMs} ms: ${reason}`);
    },
  };
}
