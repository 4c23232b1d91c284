import type { Report } from "../../checkers/checker.ts";
import { type GossipChecker, nameOf } from "./gossip-checker.ts";

/** The heartbeat that a node knows of another never goes back, but a reset begins at zero. */
export function monotonicHeartbeat(report: Report): GossipChecker {
  return {
    changed(process, { id, before, after, isReset }) {
      if (before === undefined || after === undefined || isReset) return;
      if (after.heartbeat >= before.heartbeat) return;
      report(
        `node ${process.label} knows heartbeat ${after.heartbeat} of ${nameOf(id)} ` +
          `after ${before.heartbeat}`,
      );
    },
  };
}
