import type { Counters } from "../counters.ts";
import type { Dice } from "../dice.ts";
import type { Network } from "../network.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Trace } from "../trace.ts";
import type { Calm } from "./calm.ts";
import type { GossipSuite } from "./checkers/gossip-suite.ts";
import type { GossipCounterName } from "./gossip-floors.ts";
import type { GossipMachine } from "./gossip-machine.ts";
import type { GossipOptions } from "./gossip-options.ts";
import type { Owners } from "./owners.ts";
import type { Stranger } from "./stranger.ts";
import type { Turns } from "./turns.ts";

/** What all parts of one simulation of gossip share. */
export interface GossipWorld {
  readonly options: GossipOptions;
  readonly scheduler: Scheduler;
  readonly counters: Counters<GossipCounterName>;
  readonly trace: Trace;
  readonly suite: GossipSuite;
  readonly network: Network;
  readonly owners: Owners;
  readonly calm: Calm;
  readonly turns: Turns;
  /** Overhears datagrams. */
  readonly stranger: Stranger;
  /** Chance inside of nodes. */
  readonly dice: Dice;
  /** In the order of their labels, from 1. */
  readonly machines: readonly GossipMachine[];
  /** Everything has healed: no more faults, no more writes. */
  isOver(): boolean;
}

/** The name of the cluster under test. */
export const CLUSTER_ID = "simulated";
