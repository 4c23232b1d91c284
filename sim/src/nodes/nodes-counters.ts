import { COUNTER_NAMES, type CounterName } from "../counters.ts";

const OWN_NAMES = [
  "cluster founded",
  "promise granted",
  "promise withdrawn",
  "node taken in",
  "change by automation",
  "change by an operator",
  "voter replaced",
  "machine lost for good",
  "gossip-only partition",
  "rpc-only partition",
  "frame for another",
  "node refused",
] as const;

/** What a run of whole nodes counts, beside what its networks and disks do. */
export type NodesCounterName = CounterName | (typeof OWN_NAMES)[number];

export const NODES_COUNTER_NAMES: readonly NodesCounterName[] = [...COUNTER_NAMES, ...OWN_NAMES];
