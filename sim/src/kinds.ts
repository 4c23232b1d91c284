import { RAFT_FLOORS } from "./floors.ts";
import { GOSSIP_FLOORS } from "./gossip/gossip-floors.ts";
import { GOSSIP_MUTANTS } from "./gossip/gossip-mutants.ts";
import { simulateGossip } from "./gossip/gossip-simulation.ts";
import { RAFT_MUTANTS } from "./mutants/catalogue.ts";
import { NODES_FLOORS } from "./nodes/nodes-floors.ts";
import { NODES_MUTANTS } from "./nodes/nodes-mutants.ts";
import { simulateNodes } from "./nodes/simulate-nodes.ts";
import { simulate } from "./simulation.ts";
import type { SimulationKind } from "./simulation-kind.ts";

export const RAFT: SimulationKind = {
  name: "raft",
  floors: RAFT_FLOORS,
  mutants: RAFT_MUTANTS,
  simulate,
};

export const GOSSIP: SimulationKind = {
  name: "gossip",
  floors: GOSSIP_FLOORS,
  mutants: GOSSIP_MUTANTS,
  simulate: simulateGossip,
};

export const NODES: SimulationKind = {
  name: "nodes",
  floors: NODES_FLOORS,
  mutants: NODES_MUTANTS,
  simulate: simulateNodes,
};

export const KINDS: readonly SimulationKind[] = [RAFT, GOSSIP, NODES];
