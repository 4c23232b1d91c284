import { LEFT_KEY } from "@caucus/chitchat";
import type { Report } from "../../checkers/checker.ts";
import type { GossipRules } from "../gossip-options.ts";
import { visible } from "../node-view.ts";
import { type GossipChecker, nameOf, type ObservedProcess } from "./gossip-checker.ts";
import { JudgingRounds, latenessMs } from "./judging-rounds.ts";

/** The mean begins as if so many initial intervals had been seen. */
const PRIOR_WEIGHT = 5;

/**
 * Whatever the heartbeats were: an interval above `maxIntervalMs` is not counted, so no mean is above
 * that and the prior; and none is below what the prior alone makes of a full window.
 */
function silenceBounds(rules: GossipRules): { readonly minMs: number; readonly maxMs: number } {
  const { phiThreshold, maxIntervalMs, initialIntervalMs, samplingWindowSize } = rules;
  const meanMinMs = (PRIOR_WEIGHT * initialIntervalMs) / (samplingWindowSize + PRIOR_WEIGHT);
  return {
    minMs: phiThreshold * meanMinMs,
    maxMs: phiThreshold * Math.max(maxIntervalMs, initialIntervalMs),
  };
}

/** No node stays live after too long a silence, and none is dead after too short a one (G5). */
export function silenceNoticed(report: Report): GossipChecker {
  const rounds = new JudgingRounds();
  const heardMs = new Map<ObservedProcess, Map<string, number>>();
  const silenceMs = (process: ObservedProcess, id: string): number | undefined => {
    const sinceMs = heardMs.get(process)?.get(id);
    return sinceMs === undefined ? undefined : process.nowMs - sinceMs;
  };
  return {
    started: (process) => void heardMs.set(process, new Map()),
    ended: (process) => void heardMs.delete(process),
    changed(process, { id, before, after }) {
      if (after === undefined) heardMs.get(process)?.delete(id);
      // The first heartbeat that is heard of, also after a reset, says nothing about when it was sent.
      else if (
        before !== undefined &&
        before.heartbeat > 0n &&
        after.heartbeat > before.heartbeat
      ) {
        heardMs.get(process)?.set(id, process.nowMs);
      }
    },
    stepped(process, cause, wasLive) {
      const { minMs, maxMs } = silenceBounds(process.rules);
      for (const id of wasLive) {
        const view = process.views.get(id);
        if (process.live.has(id) || view === undefined || visible(view, LEFT_KEY) !== undefined)
          continue;
        const silent = silenceMs(process, id) ?? maxMs;
        // A share of a millionth is for the rounding of sums.
        if (silent >= minMs * (1 - 1e-6)) continue;
        report(
          `node ${process.label} calls ${nameOf(id)} dead after ${Math.round(silent)} ms of silence, ` +
            `needed are ${Math.round(minMs)}`,
        );
      }
      if (!rounds.isOne(process, cause)) return;
      for (const id of process.live) {
        const silent = silenceMs(process, id) ?? 0;
        if (id === process.idKey || silent <= maxMs + latenessMs(process)) continue;
        report(
          `node ${process.label} counts ${nameOf(id)} as live after ${Math.round(silent)} ms of ` +
            `silence, allowed are ${maxMs}`,
        );
      }
    },
  };
}
