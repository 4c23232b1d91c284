import { COUNTER_NAMES, type CounterName } from "../counters.ts";

/**
 * What a hundred seeds of 10,000 steps of whole nodes must show at least: about a third of what a
 * thousand did show.
 */
export const NODES_FLOORS = {
  "message lost": 0,
  "message delayed": 0,
  "message duplicated": 0,
  "two-way partition": 0,
  "gossip-only partition": 0,
  "rpc-only partition": 0,
  crash: 0,
  "graceful stop": 0,
  stall: 0,
  "slow disk": 0,
  "failed fsync": 0,
  "unsynced records lost": 0,
  "wiped disk": 0,
  "machine lost for good": 0,
  "promise granted": 0,
  "promise withdrawn": 0,
  "cluster founded": 0,
  "second cluster": 0,
  "leader elected": 0,
  compaction: 0,
  "snapshot broken off": 0,
  "node taken in": 0,
  "voters grown": 0,
  "voter replaced": 0,
  "stand-in for a label": 0,
  "operator obeyed": 0,
  "removed by an operator": 0,
  "node refused": 0,
  "frame for another": 0,
  "write acknowledged": 0,
  "write unknown": 0,
} as const;

export type NodesCounterName = CounterName | keyof typeof NODES_FLOORS;

/** Networks and disks count more than has a floor here. */
export const NODES_COUNTER_NAMES: readonly NodesCounterName[] = [
  ...new Set([...COUNTER_NAMES, ...(Object.keys(NODES_FLOORS) as NodesCounterName[])]),
];
