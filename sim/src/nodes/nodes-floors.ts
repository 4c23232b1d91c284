import { COUNTER_NAMES, type CounterName } from "../counters.ts";

/**
 * What a hundred seeds of 10,000 steps of whole nodes must show at least: about a third of what a
 * thousand did show.
 */
export const NODES_FLOORS = {
  "message lost": 20000,
  "message delayed": 800,
  "message duplicated": 1900,
  "two-way partition": 190,
  "gossip-only partition": 120,
  "rpc-only partition": 130,
  crash: 350,
  "graceful stop": 45,
  stall: 90,
  "slow disk": 90,
  "failed fsync": 1,
  "unsynced records lost": 60,
  "wiped disk": 35,
  "machine lost for good": 8,
  "promise granted": 70,
  "promise withdrawn": 15,
  "cluster founded": 80,
  "second cluster": 1,
  "leader elected": 180,
  compaction: 1000,
  "snapshot broken off": 14,
  "node taken in": 70,
  "voters grown": 25,
  "voter replaced": 1,
  "stand-in for a label": 8,
  "operator obeyed": 80,
  "removed by an operator": 10,
  "node refused": 8,
  "frame for another": 80,
  "write acknowledged": 3500,
  "write unknown": 50,
} as const;

export type NodesCounterName = CounterName | keyof typeof NODES_FLOORS;

/** Networks and disks count more than has a floor here. */
export const NODES_COUNTER_NAMES: readonly NodesCounterName[] = [
  ...new Set([...COUNTER_NAMES, ...(Object.keys(NODES_FLOORS) as NodesCounterName[])]),
];
