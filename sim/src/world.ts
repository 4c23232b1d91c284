import type { ClusterId, MemberKey } from "@caucus/raft";
import type { CheckerSuite } from "./checkers/suite.ts";
import type { Counters } from "./counters.ts";
import type { Dice } from "./dice.ts";
import type { Machine } from "./machine.ts";
import type { Network } from "./network.ts";
import type { Scheduler } from "./scheduler.ts";
import type { SwarmOptions } from "./swarm-options.ts";
import type { Trace } from "./trace.ts";

/** What all parts of one simulation share. */
export interface World {
  readonly options: SwarmOptions;
  readonly cluster: ClusterId;
  readonly scheduler: Scheduler;
  readonly counters: Counters;
  readonly trace: Trace;
  readonly suite: CheckerSuite;
  readonly network: Network;
  /** Timing inside of nodes. */
  readonly dice: Dice;
  /** In the order of their labels, from 1. */
  readonly machines: readonly Machine[];
  /** The machine that holds the disk of a key now; undefined once that disk is gone. */
  machineOf(key: MemberKey): Machine | undefined;
}
