/**
 * Everything that a seed decides about a run of whole nodes: how they are to find each other, what
 * goes wrong, and what operators and clients do meanwhile.
 */
import type { RaftOptions } from "@caucus/raft";
import { Dice } from "../dice.ts";
import type { DiskOptions } from "../disk.ts";
import type { NetworkOptions } from "../network.ts";

/** How one node is started. Others are named by their labels. */
export interface NodePlan {
  readonly label: number;
  /** Last byte of its address: the lowest asks first. */
  readonly host: number;
  readonly join: readonly number[];
  readonly bootstrap: boolean;
  readonly bootstrapExpect: number | undefined;
  readonly gossipSeeds: readonly number[];
  /** When it is started for the first time. */
  readonly startMs: number;
}

/**
 * `listed`: several list each other and found a cluster together. `overlapping`: all list one node
 * and any others. `init`, `bootstrap`: one founds a cluster of itself, the others list it.
 * `expect`: so many found a cluster that gossip shows to each other. `gossip`: one founds a cluster
 * of itself, the others know of it by gossip alone. `rivals`: two do so, which nobody should ask for.
 */
export type Founding =
  | "listed"
  | "overlapping"
  | "init"
  | "bootstrap"
  | "expect"
  | "gossip"
  | "rivals";

/** Mean virtual time between two faults of a kind, in ms; 0 for never. */
export interface NodesFaultIntervals {
  readonly crashMs: number;
  readonly stopMs: number;
  readonly partitionMs: number;
  readonly gossipPartitionMs: number;
  readonly rpcPartitionMs: number;
  /** Mean length of a partition. */
  readonly partitionLengthMs: number;
  readonly stallMs: number;
  readonly slowDiskMs: number;
  readonly wipeMs: number;
  readonly loseMs: number;
  readonly operatorMs: number;
  /** Chance that the leader is stopped soon after an operator has asked for something. */
  readonly disturbRate: number;
}

export interface NodesOptions {
  readonly seed: number;
  readonly founding: Founding;
  readonly plans: readonly NodePlan[];
  /** The node that is told `/init`, by label. */
  readonly initLabel: number | undefined;
  readonly raft: RaftOptions & { readonly electionTimeoutMs: number };
  readonly replaceAfterMs: number;
  readonly gossipLookMs: number;
  readonly settleMs: number;
  readonly deadVoterAfterMs: number;
  readonly gossipIntervalMs: number;
  readonly network: NetworkOptions;
  readonly gossipNetwork: NetworkOptions;
  readonly disk: DiskOptions;
  readonly faults: NodesFaultIntervals;
  /** Clients, each of which writes keys of its own. */
  readonly clients: number;
  /** Mean pause of a client, in ms. */
  readonly clientPauseMs: number;
  readonly snapshotBreakRate: number;
  readonly chunkCorruptionRate: number;
}

const FOUNDINGS: readonly Founding[] = [
  ...(["listed", "overlapping", "init", "bootstrap", "rivals"] as const),
  ...(["expect", "expect", "expect", "gossip", "gossip"] as const),
];

/** Draws the options of a seed. */
export function drawNodesOptions(seed: number): NodesOptions {
  const dice = new Dice(seed, "nodes");
  const founding = dice.pick(FOUNDINGS);
  const plans = drawPlans(dice, founding);
  const electionTimeoutMs = dice.pick([300, 500, 1000]);
  const compactionEntries = dice.pick([5, 20, 1000]);
  return {
    seed,
    founding,
    plans,
    initLabel: founding === "init" ? 1 : undefined,
    raft: {
      electionTimeoutMs,
      heartbeatIntervalMs: electionTimeoutMs / dice.pick([4, 5]),
      tickMs: 50,
      compactionEntries,
      compactionKeepEntries: dice.pick([1, 5]),
    },
    replaceAfterMs: dice.pick([2_000, 4_000]),
    gossipLookMs: dice.pick([1_000, 3_000]),
    settleMs: dice.pick([500, 3_000]),
    deadVoterAfterMs: dice.pick([4_000, 10_000]),
    gossipIntervalMs: dice.pick([200, 500]),
    network: drawNetwork(dice, 0),
    gossipNetwork: drawNetwork(dice, dice.pick([0, 0.05])),
    disk: {
      syncMsMin: dice.uniform(0.1, 1),
      syncMsMax: dice.pick([3, 20, 150]),
      flushMsMax: dice.pick([50, 300]),
      failureRate: dice.chance(0.2) ? 0.001 : 0,
      canForget: false,
    },
    faults: drawFaults(dice),
    clients: dice.between(1, 3),
    clientPauseMs: dice.pick([200, 1_000]),
    snapshotBreakRate: dice.chance(0.3) ? 0.05 : 0,
    chunkCorruptionRate: 0,
  };
}

/**
 * Any two sets of nodes that could found a cluster have a node in common, whose one promise decides.
 * Otherwise two clusters would be what was asked for, as it is of `rivals`.
 */
function drawPlans(dice: Dice, founding: Founding): readonly NodePlan[] {
  const isTogether = founding === "listed" || founding === "expect";
  const founders = isTogether ? dice.between(2, 5) : founding === "rivals" ? 2 : 1;
  const spares = founding === "expect" ? Math.min(2, founders - 1) : 2;
  const isByGossip = ["expect", "gossip", "rivals"].includes(founding);
  const count = Math.max(founders, isTogether ? 2 : 3) + dice.between(0, spares);
  const labels = Array.from({ length: count }, (_, index) => index + 1);
  const hosts = dice.sample(labels, count);
  const others = (label: number, low: number): number[] =>
    dice.sample(
      labels.filter((other) => other !== label),
      dice.between(low, count - 1),
    );
  const listOf = (label: number): number[] => {
    if (isByGossip) return [];
    // Node 1 is in everybody's set of founders.
    if (founding === "listed" && label <= founders) return labels.slice(0, founders);
    if (label > 1) return [...new Set([1, ...others(label, 0)])];
    return founding === "overlapping" ? others(label, 1) : [];
  };
  const spread = dice.pick([500, 3_000, 15_000]);
  return labels.map((label) => ({
    label,
    host: hosts[label - 1] as number,
    join: listOf(label),
    bootstrap: ["bootstrap", "gossip", "rivals"].includes(founding) && label <= founders,
    bootstrapExpect: founding === "expect" ? founders : undefined,
    // Any of them may be lost, and then nobody else would lead those that are left to each other.
    gossipSeeds: labels.filter((other) => other !== label),
    // Rivals that start together have not yet seen each other's cluster.
    startMs: dice.uniform(0, founding === "rivals" && label <= founders ? 300 : spread),
  }));
}

function drawNetwork(dice: Dice, duplicateRate: number): NetworkOptions {
  const delayMsMin = dice.uniform(0.1, 2);
  return {
    lossRate: dice.chance(0.5) ? dice.pick([0.005, 0.03]) : 0,
    duplicateRate,
    reorderRate: 0,
    longDelayRate: dice.chance(0.4) ? dice.pick([0.005, 0.03]) : 0,
    delayMsMin,
    delayMsMax: delayMsMin + dice.pick([2, 10, 40]),
    ordered: true,
  };
}

function drawFaults(dice: Dice): NodesFaultIntervals {
  const often = (probability: number, low: number, high: number): number =>
    dice.chance(probability) ? dice.uniform(low, high) : 0;
  return {
    crashMs: often(0.7, 1_000, 8_000),
    stopMs: often(0.3, 5_000, 20_000),
    partitionMs: often(0.5, 2_000, 10_000),
    gossipPartitionMs: often(0.4, 3_000, 10_000),
    rpcPartitionMs: often(0.4, 3_000, 10_000),
    partitionLengthMs: dice.pick([2_000, 5_000, 15_000]),
    stallMs: often(0.3, 3_000, 10_000),
    slowDiskMs: often(0.3, 3_000, 10_000),
    wipeMs: often(0.5, 4_000, 15_000),
    loseMs: often(0.5, 5_000, 15_000),
    operatorMs: often(0.5, 1_000, 6_000),
    disturbRate: dice.pick([0, 0.1]),
  };
}
