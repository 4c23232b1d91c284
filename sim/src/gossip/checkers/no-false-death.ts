import type { Report } from "../../checkers/checker.ts";
import type { NetworkOptions } from "../../network.ts";
import type { GossipRules } from "../gossip-options.ts";
import { type GossipChecker, nameOf, type ObservedProcess } from "./gossip-checker.ts";

/** What is true of the world, as opposed to what nodes believe. */
export interface WorldTruth {
  /** The process that goes by this id now, unless it is leaving. */
  running(id: string): ObservedProcess | undefined;
  /** Since when nothing has gone wrong anywhere, in ms. */
  calmForMs(): number;
}

/** Under these bounds nobody who runs is called dead. Times are in gossip intervals. */
export const FALSE_DEATH_BOUNDS = {
  lossRateMax: 0.01,
  longDelayRateMax: 0.005,
  phiThresholdMin: 8,
  initialIntervalsMin: 5,
  maxIntervalsMin: 10,
  /** No crash, partition, stall, clock change, flaky link or stranger for so long. */
  calmIntervalsMin: 30,
} as const;

/** Whether the options of a run are within the bounds that do not change during it. */
export function isWithinBounds(rules: GossipRules, network: NetworkOptions): boolean {
  const { gossipIntervalMs, phiThreshold, initialIntervalMs, maxIntervalMs } = rules;
  const bounds = FALSE_DEATH_BOUNDS;
  return (
    network.lossRate <= bounds.lossRateMax &&
    network.longDelayRate <= bounds.longDelayRateMax &&
    phiThreshold >= bounds.phiThresholdMin &&
    initialIntervalMs >= bounds.initialIntervalsMin * gossipIntervalMs &&
    maxIntervalMs >= bounds.maxIntervalsMin * gossipIntervalMs
  );
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
