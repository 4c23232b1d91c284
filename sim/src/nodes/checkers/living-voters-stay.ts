import { memberOf } from "@caucus/raft";
import type { Report } from "../../checkers/checker.ts";
import { differenceOf, isStale, labelIn } from "./difference.ts";
import type { NodesChecker } from "./nodes-checker.ts";

export interface SilenceLimits {
  /** A voter that was heard within it is alive. */
  readonly reachableMs: number;
  /** Without a word for less than this, nobody else's label takes its place. */
  readonly replaceDeadAfterMs: number;
}

/**
 * N10, N33: A voter leaves by automation only when it is silent: for a moment when a stand-in under its
 * own label takes its place, for long when another does, and then in gossip as well.
 */
export function livingVotersStay(report: Report, limits: SilenceLimits): NodesChecker {
  return {
    proposing(proposal) {
      const { change, configuration, label, reason } = proposal;
      if (reason === undefined || isStale(proposal)) return;
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
