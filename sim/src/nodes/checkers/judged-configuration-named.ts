import { isJoint } from "@caucus/raft";
import type { Report } from "../../checkers/checker.ts";
import { isStale } from "./difference.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/** N32: Automation names the configuration that it has judged, and judges none that may still change. */
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
