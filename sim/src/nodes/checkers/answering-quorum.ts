import type { MemberKey } from "@caucus/raft";
import type { Report } from "../../checkers/checker.ts";
import { differenceOf, isStale } from "./difference.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/** N34: Automation makes no voters of whom a majority was not heard of lately, and leaves none such. */
export function answeringQuorum(report: Report, reachableMs: number): NodesChecker {
  return {
    proposing(proposal) {
      const { change, configuration, key: self, label, reason } = proposal;
      if (reason === undefined || isStale(proposal)) return;
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
