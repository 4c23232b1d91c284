import type { Report } from "../../checkers/checker.ts";
import { type GossipChecker, nameOf, type ObservedProcess } from "./gossip-checker.ts";
import { JudgingRounds, latenessMs } from "./judging-rounds.ts";

/**
 * Nobody counts a node as live whose heartbeat has not grown for `phiThreshold` times the longest
 * mean that there can be: an interval above `maxIntervalMs` is not counted, and the prior is
 * `initialIntervalMs` (G5).
 */
export function silenceNoticed(report: Report): GossipChecker {
  const rounds = new JudgingRounds();
  const grownMs = new Map<ObservedProcess, Map<string, number>>();
  return {
    started: (process) => void grownMs.set(process, new Map()),
    ended: (process) => void grownMs.delete(process),
    changed(process, { id, before, after }) {
      if (after === undefined) grownMs.get(process)?.delete(id);
      else if (after.heartbeat !== before?.heartbeat) {
        grownMs.get(process)?.set(id, process.nowMs);
      }
    },
    stepped(process, cause) {
      if (!rounds.isOne(process, cause)) return;
      const { phiThreshold, maxIntervalMs, initialIntervalMs } = process.rules;
      const silenceMsMax = phiThreshold * Math.max(maxIntervalMs, initialIntervalMs);
      for (const id of process.live) {
        const silenceMs = process.nowMs - (grownMs.get(process)?.get(id) ?? process.nowMs);
        if (id === process.idKey || silenceMs <= silenceMsMax + latenessMs(process)) continue;
        report(
          `node ${process.label} counts ${nameOf(id)} as live after ${Math.round(silenceMs)} ms ` +
            `of silence, allowed are ${silenceMsMax}`,
        );
      }
    },
  };
}
