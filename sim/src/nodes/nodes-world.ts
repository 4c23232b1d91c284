import type { MemberKey } from "@caucus/raft";
import type { Counters } from "../counters.ts";
import type { Dice } from "../dice.ts";
import type { Network } from "../network.ts";
import type { Scheduler } from "../scheduler.ts";
import type { SnapshotWorld } from "../snapshot-stream.ts";
import type { Trace } from "../trace.ts";
import type { DataDirectory } from "./data-directory.ts";
import type { NodeMachine } from "./node-machine.ts";
import type { NodeProcess } from "./node-process.ts";
import type { NodesCounterName } from "./nodes-floors.ts";
import type { NodesOptions } from "./nodes-options.ts";
import type { NodesSuite } from "./nodes-suite.ts";

/** What all parts of one simulation of whole nodes share. */
export interface NodesWorld extends SnapshotWorld {
  readonly options: NodesOptions;
  readonly scheduler: Scheduler;
  readonly counters: Counters<NodesCounterName>;
  readonly trace: Trace;
  readonly suite: NodesSuite;
  /** gRPC. */
  readonly network: Network;
  /** UDP. */
  readonly gossipNetwork: Network;
  readonly dice: Dice;
  /** In the order of their labels, from 1. */
  readonly machines: readonly NodeMachine[];
  /** Of every key that ever was. */
  readonly directories: Map<MemberKey, DataDirectory>;
  /** Processes that had an event and have not settled since. */
  readonly touched: Set<NodeProcess>;
  machineAt(address: string): NodeMachine | undefined;
  /** The machine that holds the directory of a key now. */
  machineOf(key: MemberKey): NodeMachine | undefined;
}
