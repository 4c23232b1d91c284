/**
 * Everything that a seed decides, drawn at random ("swarm testing": each run has some faults at
 * some rates and others not at all, which finds more than all faults always at their mean).
 */
import type { RaftOptions } from "@caucus/raft";
import type { AmbushOptions } from "./ambush.ts";
import { Dice } from "./dice.ts";
import type { DiskOptions } from "./disk.ts";
import type { NetworkOptions } from "./network.ts";

/** Mean virtual time between two faults of a kind, in ms; 0 for never. */
export interface FaultIntervals {
  readonly crashMs: number;
  readonly gracefulStopMs: number;
  readonly twoWayPartitionMs: number;
  readonly oneWayPartitionMs: number;
  readonly flakyLinkMs: number;
  readonly stallMs: number;
  readonly clockDriftMs: number;
  readonly slowDiskMs: number;
  readonly forgetMs: number;
  readonly wipeMs: number;
  readonly membershipMs: number;
  readonly transferMs: number;
  readonly compactionMs: number;
}

export interface WorkloadOptions {
  readonly clients: number;
  readonly keys: number;
  /** Mean pause of a client between two requests, in ms. */
  readonly pauseMs: number;
  /** Share of clients that write through a session. */
  readonly sessionShare: number;
  readonly readShare: number;
  readonly localReadShare: number;
  /** Of writes: the rest are puts. */
  readonly deleteShare: number;
  readonly getAndSetShare: number;
  readonly compareAndSetShare: number;
  /** How long a client waits for an answer before it counts as unknown, in ms. */
  readonly timeoutMs: number;
  /** Chance that a request, and that an answer, is lost between client and node. */
  readonly lossRate: number;
}

export interface SwarmOptions {
  readonly seed: number;
  /** Voters of the first configuration. */
  readonly voters: number;
  /** Machines beside them, for learners, promotions and replacements. */
  readonly spares: number;
  readonly raft: RaftOptions;
  readonly tickMs: number;
  /** Messages travel as bytes. */
  readonly encodesMessages: boolean;
  readonly network: NetworkOptions;
  readonly disk: DiskOptions;
  readonly faults: FaultIntervals;
  readonly ambushes: AmbushOptions;
  /** Clocks run at different rates from the start. */
  readonly driftingClocks: boolean;
  readonly workload: WorkloadOptions;
  /** Chance that a snapshot stream breaks at a chunk, and that a chunk is damaged. */
  readonly snapshotBreakRate: number;
  readonly chunkCorruptionRate: number;
}

/** Draws the options of a seed. */
export function drawSwarmOptions(seed: number): SwarmOptions {
  const dice = new Dice(seed, "swarm");
  const voters = dice.pick([1, 2, 3, 3, 3, 4, 5, 5, 6, 7]);
  const electionTimeoutMs = dice.pick([100, 200, 300]);
  const faults = drawFaults(dice, electionTimeoutMs);
  return {
    seed,
    voters,
    spares: dice.between(1, 3),
    raft: drawRaft(dice, electionTimeoutMs),
    tickMs: electionTimeoutMs / 10,
    encodesMessages: dice.chance(0.2),
    network: drawNetwork(dice, electionTimeoutMs),
    disk: {
      syncMsMin: dice.uniform(0.1, 1),
      syncMsMax: dice.pick([1, 3, 10, 40]),
      flushMsMax: dice.pick([5, 50, 300]),
      failureRate: dice.chance(0.3) ? 0.002 : 0,
      canForget: faults.forgetMs > 0,
    },
    faults,
    ambushes: drawAmbushes(dice),
    driftingClocks: dice.chance(0.3),
    workload: drawWorkload(dice, electionTimeoutMs),
    snapshotBreakRate: dice.chance(0.5) ? dice.uniform(0, 0.1) : 0,
    chunkCorruptionRate: dice.chance(0.5) ? dice.uniform(0, 0.2) : 0,
  };
}

function drawRaft(dice: Dice, electionTimeoutMs: number): RaftOptions {
  const compactionEntries = dice.pick([3, 10, 10, 30, 100, 1000]);
  return {
    electionTimeoutMs,
    heartbeatIntervalMs: electionTimeoutMs / dice.pick([4, 5, 10]),
    entriesPerMessageMax: dice.pick([1, 2, 8, 1024]),
    bytesPerMessageMax: dice.pick([100, 1000, 1024 * 1024]),
    inflightMessagesMax: dice.pick([1, 2, 8, 64]),
    inflightBytesMax: dice.pick([1000, 16 * 1024 * 1024]),
    uncommittedBytesMax: dice.pick([2000, 64 * 1024 * 1024]),
    readsMax: dice.pick([2, 4096]),
    compactionEntries,
    compactionKeepEntries: dice.pick([1, 1, 5, compactionEntries]),
  };
}

function drawNetwork(dice: Dice, electionTimeoutMs: number): NetworkOptions {
  const delayMsMin = dice.uniform(0.1, 2);
  return {
    lossRate: dice.chance(0.6) ? dice.pick([0.005, 0.02, 0.1]) : 0,
    duplicateRate: dice.chance(0.5) ? dice.pick([0.01, 0.1]) : 0,
    reorderRate: dice.chance(0.5) ? dice.pick([0.05, 0.5, 0.5]) : 0,
    longDelayRate: dice.chance(0.5) ? dice.pick([0.005, 0.03, 0.2]) : 0,
    delayMsMin,
    delayMsMax: delayMsMin + electionTimeoutMs * dice.pick([0.005, 0.02, 0.1]),
    ordered: dice.chance(0.5),
  };
}

/** In units of the election timeout: a run lasts some fifty of them. */
function drawFaults(dice: Dice, electionTimeoutMs: number): FaultIntervals {
  const often = (probability: number, low: number, high: number): number =>
    dice.chance(probability) ? dice.uniform(low, high) * electionTimeoutMs : 0;
  return {
    crashMs: often(0.6, 1, 10),
    gracefulStopMs: often(0.3, 5, 20),
    twoWayPartitionMs: often(0.6, 2, 10),
    oneWayPartitionMs: often(0.4, 2, 10),
    flakyLinkMs: often(0.3, 3, 10),
    stallMs: often(0.4, 2, 10),
    clockDriftMs: often(0.4, 2, 10),
    slowDiskMs: often(0.4, 2, 10),
    forgetMs: often(0.3, 5, 15),
    wipeMs: often(0.3, 5, 15),
    membershipMs: often(0.7, 0.5, 6),
    transferMs: often(0.4, 1, 8),
    compactionMs: often(0.5, 0.3, 6),
  };
}

function drawAmbushes(dice: Dice): AmbushOptions {
  const rate = (probability: number, values: readonly number[]): number =>
    dice.chance(probability) ? dice.pick(values) : 0;
  return {
    sendKind: dice.pick(["vote", "vote-reply", "append", "append-reply", "timeout-now"]),
    sendRate: rate(0.4, [0.01, 0.1, 0.3]),
    writeRate: rate(0.3, [0.003, 0.02]),
    leaderRate: rate(0.5, [0.2, 0.7]),
    jointRate: rate(0.6, [0.3, 1]),
  };
}

function drawWorkload(dice: Dice, electionTimeoutMs: number): WorkloadOptions {
  return {
    clients: dice.between(1, 6),
    keys: dice.between(1, 5),
    pauseMs: electionTimeoutMs * dice.pick([0.03, 0.1, 0.3]),
    sessionShare: dice.pick([0, 0.5, 1]),
    readShare: dice.uniform(0.1, 0.6),
    localReadShare: dice.uniform(0, 0.2),
    deleteShare: dice.uniform(0, 0.3),
    getAndSetShare: dice.uniform(0, 0.3),
    compareAndSetShare: dice.uniform(0, 0.3),
    timeoutMs: electionTimeoutMs * dice.uniform(0.5, 3),
    lossRate: dice.chance(0.5) ? dice.uniform(0, 0.05) : 0,
  };
}
