import type { Report } from "../../checkers/checker.ts";
import { isStale } from "./difference.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/** Most voters that automation makes. */
const VOTERS_MAX = 5;

/** N11: Where automation changes the number of voters, it becomes odd, and five at most. */
export function oddVoters(report: Report): NodesChecker {
  return {
    proposing(proposal) {
      const { change, configuration, label, reason } = proposal;
      if (reason === undefined || isStale(proposal)) return;
      const before = configuration.voters.length;
      const after = change.voters.length;
      if (after === before) return;
      if (after % 2 === 0 || after > VOTERS_MAX || after < before) {
        report(`node ${label} goes from ${before} to ${after} voters: ${reason}`);
      }
    },
  };
}
