/**
 * Everything that a seed decides about a gossip cluster, drawn at random. Each kind of fault is
 * switched off in some of the seeds. Times are in units of the gossip interval: a run of 10,000 steps
 * lasts some 50 to 600 of them, by the number of nodes.
 */
import type { ChitchatRuleOptions } from "@caucus/chitchat";
import { Dice } from "../dice.ts";
import type { NetworkOptions } from "../network.ts";

/** Mean virtual time between two faults of a kind, in ms; 0 for never. */
export interface GossipFaultIntervals {
  readonly crashMs: number;
  readonly leaveMs: number;
  readonly twoWayPartitionMs: number;
  readonly oneWayPartitionMs: number;
  readonly flakyLinkMs: number;
  readonly stallMs: number;
  readonly clockMs: number;
  readonly garbageMs: number;
  readonly replayMs: number;
  readonly inventedNodesMs: number;
  readonly forgeryMs: number;
}

export interface GossipWorkload {
  readonly keys: number;
  /** Mean pause of a node's program between two writes, in ms. */
  readonly pauseMs: number;
  readonly deleteShare: number;
  readonly ttlShare: number;
  /** Length of most values; long ones make states that need many datagrams. */
  readonly valueLength: number;
}

/** The rules that a run sets. The others are the defaults. */
export type GossipRules = Required<
  Pick<
    { [K in keyof ChitchatRuleOptions]: number },
    | "gossipIntervalMs"
    | "phiThreshold"
    | "samplingWindowSize"
    | "maxIntervalMs"
    | "initialIntervalMs"
    | "deadNodeGraceMs"
    | "markedForDeletionGraceMs"
  >
>;

export interface GossipOptions {
  readonly seed: number;
  readonly nodes: number;
  /** The first so many nodes are everybody's seeds. */
  readonly seedNodes: number;
  /** Nodes that stay away in the end: the others must notice, and forget them. */
  readonly absentees: number;
  readonly rules: GossipRules;
  readonly network: NetworkOptions;
  readonly faults: GossipFaultIntervals;
  /** Mean time that a machine is down, in ms. */
  readonly downMs: number;
  /** Clocks run at different rates from the start. */
  readonly driftingClocks: boolean;
  /** A generation is the wall clock in units of this: two starts within one are one generation. */
  readonly generationUnitMs: number;
  readonly workload: GossipWorkload;
}

/** Draws the options of a seed. */
export function drawGossipOptions(seed: number): GossipOptions {
  const dice = new Dice(seed, "gossip swarm");
  const nodes = dice.pick([2, 3, 3, 4, 5, 5, 6, 7, 8, 10, 12, 16]);
  const gossipIntervalMs = dice.pick([100, 300, 500, 1000]);
  const valueLength = dice.pick([1, 10, 10, 10, 1000, 20_000]);
  const seedNodes = Math.min(nodes, dice.pick([1, 1, 2, 3]));
  return {
    seed,
    nodes,
    seedNodes,
    absentees: dice.integer(Math.min(3, nodes - seedNodes + 1)),
    rules: drawRules(dice, gossipIntervalMs),
    network: drawNetwork(dice, gossipIntervalMs),
    // A quarter of the seeds is calm: there a live node must never be called dead.
    faults: dice.chance(0.25) ? NO_FAULTS : drawFaults(dice, gossipIntervalMs),
    downMs: gossipIntervalMs * dice.pick([1, 5, 20, 60]),
    driftingClocks: dice.chance(0.2),
    generationUnitMs: dice.pick([1, 1000, 1000, 10_000]),
    workload: {
      keys: dice.pick([2, 5, 5, 20, 60]),
      // Long values are for states of many datagrams, not for traffic.
      pauseMs: gossipIntervalMs * dice.pick(valueLength > 1000 ? [3, 10] : [0.3, 1, 3, 10]),
      deleteShare: dice.uniform(0, 0.5),
      ttlShare: dice.uniform(0, 0.3),
      valueLength,
    },
  };
}

function drawRules(dice: Dice, gossipIntervalMs: number): GossipRules {
  const intervals = (choices: readonly number[]): number => dice.pick(choices) * gossipIntervalMs;
  return {
    gossipIntervalMs,
    phiThreshold: dice.pick([8, 8, 8, 6, 12]),
    samplingWindowSize: dice.pick([5, 50, 1000]),
    maxIntervalMs: intervals([5, 10, 20]),
    initialIntervalMs: intervals([1, 2, 5, 10]),
    deadNodeGraceMs: intervals([10, 30, 100]),
    markedForDeletionGraceMs: intervals([3, 10, 30, 100]),
  };
}

function drawNetwork(dice: Dice, gossipIntervalMs: number): NetworkOptions {
  const delayMsMin = dice.uniform(0.1, 2);
  return {
    lossRate: dice.chance(0.6) ? dice.pick([0.01, 0.05, 0.2, 0.5]) : 0,
    duplicateRate: dice.chance(0.5) ? dice.pick([0.01, 0.1]) : 0,
    reorderRate: dice.chance(0.5) ? dice.pick([0.05, 0.5]) : 0,
    longDelayRate: dice.chance(0.4) ? dice.pick([0.005, 0.03, 0.2]) : 0,
    delayMsMin,
    delayMsMax: delayMsMin + gossipIntervalMs * dice.pick([0.01, 0.05, 0.2]),
    ordered: dice.chance(0.3),
  };
}

const NO_FAULTS: GossipFaultIntervals = {
  crashMs: 0,
  leaveMs: 0,
  twoWayPartitionMs: 0,
  oneWayPartitionMs: 0,
  flakyLinkMs: 0,
  stallMs: 0,
  clockMs: 0,
  garbageMs: 0,
  replayMs: 0,
  inventedNodesMs: 0,
  forgeryMs: 0,
};

function drawFaults(dice: Dice, gossipIntervalMs: number): GossipFaultIntervals {
  const often = (probability: number, low: number, high: number): number =>
    dice.chance(probability) ? dice.uniform(low, high) * gossipIntervalMs : 0;
  return {
    crashMs: often(0.6, 5, 50),
    leaveMs: often(0.4, 10, 60),
    twoWayPartitionMs: often(0.5, 10, 60),
    oneWayPartitionMs: often(0.4, 10, 60),
    flakyLinkMs: often(0.3, 10, 40),
    stallMs: often(0.4, 5, 40),
    clockMs: often(0.4, 10, 60),
    garbageMs: often(0.5, 1, 10),
    replayMs: often(0.4, 1, 10),
    inventedNodesMs: often(0.3, 5, 40),
    forgeryMs: often(0.15, 20, 60),
  };
}
