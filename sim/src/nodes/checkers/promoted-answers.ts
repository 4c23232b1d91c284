import type { Report } from "../../checkers/checker.ts";
import { differenceOf, isStale } from "./difference.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/**
 * N40: Whom an operator makes a voter was heard by the leader not long ago: after it was found to answer,
 * others are waited for, and the policy is written.
 */
export function promotedAnswers(report: Report, silenceMsMax: number): NodesChecker {
  return {
    proposing(proposal) {
      const { change, configuration, key: self, label, reason, silenceOf } = proposal;
      if (reason !== undefined || isStale(proposal)) return;
      for (const key of differenceOf(configuration, change).votersAdded) {
        const silentMs = silenceOf(key);
        if (key === self || silentMs <= silenceMsMax) continue;
        report(`node ${label} makes ${key} a voter, silent for ${Math.round(silentMs)} ms`);
      }
    },
  };
}
