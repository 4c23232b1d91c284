import type { Report } from "../../checkers/checker.ts";
import type { GossipOptions, GossipRules } from "../gossip-options.ts";
import { type GossipChecker, nameOf, type ObservedProcess } from "./gossip-checker.ts";

/** What is true of the world, as opposed to what nodes believe. */
export interface WorldTruth {
  /** The process that goes by this id now, unless it is leaving. */
  running(id: string): ObservedProcess | undefined;
  /** Since when nothing has gone wrong anywhere, in ms; 0 beyond the bounds of the network. */
  calmForMs(): number;
}

/** Under these bounds nobody who runs is called dead. Times are in gossip intervals. */
export const FALSE_DEATH_BOUNDS = {
  lossRateMax: 0.05,
  longDelayRateMax: 0.005,
  phiThresholdMin: 8,
  initialIntervalsMin: 2,
  maxIntervalsMin: 10,
  /** No start or end of a process, partition, flaky link, stall, clock change or stranger for so long. */
  calmIntervalsMin: 20,
} as const;

/** Whether the rules of a run are within the bounds. */
export function hasBoundedRules(rules: GossipRules): boolean {
  const { gossipIntervalMs, phiThreshold, initialIntervalMs, maxIntervalMs } = rules;
  const bounds = FALSE_DEATH_BOUNDS;
  return (
    phiThreshold >= bounds.phiThresholdMin &&
    initialIntervalMs >= bounds.initialIntervalsMin * gossipIntervalMs &&
    maxIntervalMs >= bounds.maxIntervalsMin * gossipIntervalMs
  );
}

/** Whether the network and the clocks of a run are within the bounds, also before all faults end. */
export function hasBoundedLoss({ network, driftingClocks }: GossipOptions): boolean {
  const { lossRate, longDelayRate } = network;
  const { lossRateMax, longDelayRateMax } = FALSE_DEATH_BOUNDS;
  return lossRate <= lossRateMax && longDelayRate <= longDelayRateMax && !driftingClocks;
}

/** A node that runs is not called dead in a calm world (G5). */
export function noFalseDeath(report: Report, truth: WorldTruth): GossipChecker {
  return {
    stepped(process, _cause, wasLive) {
      for (const id of wasLive) {
        if (process.live.has(id) || id === process.idKey) continue;
        if (truth.running(id) === undefined) continue;
        const calmMs = FALSE_DEATH_BOUNDS.calmIntervalsMin * process.rules.gossipIntervalMs;
        if (truth.calmForMs() < calmMs) continue;
        report(`node ${process.label} calls ${nameOf(id)} dead, which runs in a calm world`);
      }
    },
  };
}
