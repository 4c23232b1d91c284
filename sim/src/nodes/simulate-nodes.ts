/**
 * One run of one seed with whole nodes: a safety phase, in which everything may go wrong and no
 * checker may object, then everything heals and must come to rest within
 * {@link NODES_LIVENESS_MS_MAX}. Members use promises, so each event is followed by a turn of the
 * real event loop, in which they go on; nothing in the run waits for real time.
 */
import { setImmediate } from "node:timers/promises";
import type { HardState, MemberKey } from "@caucus/raft";
import type { Violation } from "../checkers/violation.ts";
import { Counters, type Counts } from "../counters.ts";
import { Dice } from "../dice.ts";
import { Network } from "../network.ts";
import { Scheduler } from "../scheduler.ts";
import { Trace } from "../trace.ts";
import type { DataDirectory } from "./data-directory.ts";
import { FoundingGuard } from "./founding-guard.ts";
import { NodeMachine } from "./node-machine.ts";
import type { NodeProcess } from "./node-process.ts";
import { NodesClients } from "./nodes-client.ts";
import { NODES_COUNTER_NAMES, type NodesCounterName } from "./nodes-counters.ts";
import { NodesNemesis } from "./nodes-nemesis.ts";
import { NodesOperator } from "./nodes-operator.ts";
import { drawNodesOptions, type NodesOptions } from "./nodes-options.ts";
import { unrest } from "./nodes-rest.ts";
import { NodesSuite, type NodesTruth } from "./nodes-suite.ts";
import type { NodesWorld } from "./nodes-world.ts";

/** Once everything is healed, the nodes are at rest within so much virtual time. */
export const NODES_LIVENESS_MS_MAX = 120_000;

const REST_CHECK_MS = 200;

export interface NodesResult {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly steps: number;
  /** Virtual time from healing to rest. */
  readonly restMs: number;
  readonly traceHash: string;
  readonly counts: Counts<NodesCounterName>;
}

export interface NodesRequest {
  readonly seed: number;
  /** Scheduler events of the safety phase. */
  readonly steps: number;
  /** Takes the lines of a readable trace. */
  readonly print?: (line: string) => void;
  /** Instead of those drawn from the seed. */
  readonly options?: NodesOptions;
}

export function simulateNodes(request: NodesRequest): Promise<NodesResult> {
  return new NodesSimulation(request).run(request.steps);
}

class NodesSimulation {
  readonly #scheduler = new Scheduler();
  readonly #counters = new Counters(NODES_COUNTER_NAMES);
  readonly #trace: Trace;
  readonly #suite: NodesSuite;
  readonly #world: NodesWorld;
  readonly #nemesis: NodesNemesis;
  readonly #operator: NodesOperator;
  readonly #clients: NodesClients;
  readonly #touched = new Set<NodeProcess>();

  constructor(request: NodesRequest) {
    const { seed } = request;
    const options = request.options ?? drawNodesOptions(seed);
    const scheduler = this.#scheduler;
    const counters = this.#counters;
    this.#trace = new Trace(() => scheduler.nowMs, request.print);
    this.#trace.print("start", 0, JSON.stringify(options));
    const directories = new Map<MemberKey, DataDirectory>();
    this.#suite = createSuite(options, directories);
    const machines: NodeMachine[] = [];
    const network = (name: string, networkOptions: NodesOptions["network"]): Network =>
      new Network(options.plans.length, networkOptions, {
        scheduler,
        counters,
        dice: new Dice(seed, name),
      });
    this.#world = {
      options,
      scheduler,
      counters,
      trace: this.#trace,
      suite: this.#suite,
      network: network("network", options.network),
      gossipNetwork: network("gossip network", options.gossipNetwork),
      dice: new Dice(seed, "world"),
      machines,
      directories,
      touched: this.#touched,
      machineAt: (address) => machines.find((machine) => machine.address === address),
      machineOf: (key) => machines.find((machine) => machine.key === key),
    };
    for (const plan of options.plans) machines.push(new NodeMachine(this.#world, plan));
    const guard = new FoundingGuard(this.#world);
    this.#suite.observe(guard.observer);
    this.#nemesis = new NodesNemesis(this.#world, new Dice(seed, "nemesis"), guard);
    this.#operator = new NodesOperator(this.#world, new Dice(seed, "operator"), guard);
    this.#clients = new NodesClients(this.#world, new Dice(seed, "clients"));
  }

  async run(steps: number): Promise<NodesResult> {
    const blame = (thrown: unknown): void => this.#suite.report("No Exception", String(thrown));
    process.on("unhandledRejection", blame);
    try {
      return await this.#run(steps);
    } finally {
      process.off("unhandledRejection", blame);
    }
  }

  async #run(steps: number): Promise<NodesResult> {
    this.#nemesis.run();
    this.#operator.run();
    this.#clients.run();
    while (this.#scheduler.steps < steps && this.#suite.violation === undefined) await this.#step();
    const healedMs = this.#scheduler.nowMs;
    if (this.#suite.violation === undefined) await this.#heal();
    return {
      seed: this.#world.options.seed,
      violation: this.#suite.violation,
      steps: this.#scheduler.steps,
      restMs: this.#scheduler.nowMs - healedMs,
      traceHash: this.#trace.hash,
      counts: this.#counters.counts,
    };
  }

  /** One event; then all promises that it settled, and those that they settle; then the checks. */
  async #step(): Promise<void> {
    this.#scheduler.step();
    await setImmediate();
    for (const process of this.#touched) process.settle();
    this.#touched.clear();
  }

  async #heal(): Promise<void> {
    this.#nemesis.end();
    this.#operator.end();
    this.#clients.end();
    const parts = { world: this.#world, clients: this.#clients, operator: this.#operator };
    const deadlineMs = this.#scheduler.nowMs + NODES_LIVENESS_MS_MAX;
    let nextCheckMs = this.#scheduler.nowMs;
    for (let missing: string | undefined = "nothing has happened yet"; missing !== undefined; ) {
      if (this.#suite.violation !== undefined) return;
      if (this.#scheduler.nowMs > deadlineMs) {
        this.#suite.report("Liveness", `${NODES_LIVENESS_MS_MAX} ms after healing: ${missing}`);
        return;
      }
      await this.#step();
      if (this.#scheduler.nowMs < nextCheckMs) continue;
      nextCheckMs = this.#scheduler.nowMs + REST_CHECK_MS;
      missing = unrest(parts);
    }
  }
}

function createSuite(
  options: NodesOptions,
  directories: ReadonlyMap<MemberKey, DataDirectory>,
): NodesSuite {
  const truth: NodesTruth = {
    heldDurably: (key, index, term) => directories.get(key)?.disk.heldDurably(index, term) === true,
    durableHardState: (key): HardState =>
      directories.get(key)?.disk.durable.log.hardState ?? { term: 0, vote: undefined },
    identityOf: (key) => directories.get(key)?.identity,
  };
  const { electionTimeoutMs } = options.raft;
  return new NodesSuite(truth, {
    isExclusive: true,
    reachableMs: 2 * electionTimeoutMs,
    replaceDeadAfterMs: Number.POSITIVE_INFINITY,
  });
}
