/**
 * One run of one seed with whole nodes: a safety phase, in which everything may go wrong and no
 * checker may object, then everything heals and must come to rest within
 * {@link NODES_LIVENESS_MS_MAX}. Members use promises, so each event is followed by a turn of the
 * real event loop, in which they go on; nothing in the run waits for real time.
 */
import { setImmediate } from "node:timers/promises";
import type { HardState, MemberKey } from "@caucus/raft";
import { Counters } from "../counters.ts";
import { Dice } from "../dice.ts";
import { Network } from "../network.ts";
import { Scheduler } from "../scheduler.ts";
import type { SimulationRequest, SimulationResult } from "../simulation-kind.ts";
import { Trace } from "../trace.ts";
import type { DataDirectory } from "./data-directory.ts";
import { eventCounter } from "./event-counter.ts";
import { FoundingGuard } from "./founding-guard.ts";
import { NodeMachine } from "./node-machine.ts";
import type { NodeProcess } from "./node-process.ts";
import { NodesClients } from "./nodes-client.ts";
import { NODES_COUNTER_NAMES } from "./nodes-floors.ts";
import { NodesNemesis } from "./nodes-nemesis.ts";
import { NodesOperator } from "./nodes-operator.ts";
import { drawNodesOptions, type NodesOptions } from "./nodes-options.ts";
import { unrest } from "./nodes-rest.ts";
import { NodesSuite, type NodesTruth } from "./nodes-suite.ts";
import type { NodesWorld } from "./nodes-world.ts";

/** Once everything is healed, the nodes are at rest within so much virtual time. */
const NODES_LIVENESS_MS_MAX = 120_000;

const REST_CHECK_MS = 200;
const LOOK_EVERY_MS = 500;

export function simulateNodes(request: SimulationRequest): Promise<SimulationResult> {
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

  constructor(request: SimulationRequest) {
    const { seed } = request;
    const options = drawNodesOptions(seed);
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
    this.#suite.observe(eventCounter(counters));
    this.#nemesis = new NodesNemesis(this.#world, new Dice(seed, "nemesis"), guard);
    const operatorDice = new Dice(seed, "operator");
    const disturb = (): void => this.#nemesis.disturb();
    this.#operator = new NodesOperator(this.#world, operatorDice, guard, disturb);
    this.#clients = new NodesClients(this.#world, new Dice(seed, "clients"));
  }

  async run(steps: number): Promise<SimulationResult> {
    const blame = (thrown: unknown): void => this.#suite.report("No Exception", String(thrown));
    process.on("unhandledRejection", blame);
    try {
      return await this.#run(steps);
    } finally {
      process.off("unhandledRejection", blame);
    }
  }

  /** What nodes without a cluster see in gossip, for the checkers. */
  #lookAround(): void {
    const { machines, scheduler, suite } = this.#world;
    for (const { process } of machines) {
      if (process === undefined || process.identity.cluster !== undefined) continue;
      const live = process.member.gossip?.members().filter((member) => member.live) ?? [];
      const clusters = new Set(live.flatMap(({ cluster }) => cluster ?? []));
      suite.sees(process, [...clusters], scheduler.nowMs);
    }
    scheduler.after(LOOK_EVERY_MS, () => this.#lookAround());
  }

  async #run(steps: number): Promise<SimulationResult> {
    this.#lookAround();
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
      restMsMax: NODES_LIVENESS_MS_MAX,
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
      missing = unrest(this.#world);
    }
    this.#judge();
  }

  /** At rest: what was acknowledged is everywhere. */
  #judge(): void {
    for (const { process } of this.#world.machines) {
      if (process?.status.role !== "leader") continue;
      const lost = this.#clients.missingOn(process);
      if (lost.length > 0) {
        this.#suite.report("No Lost Write", `acknowledged ${lost} is not on node ${process.label}`);
      }
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
  return new NodesSuite(truth, {
    isExclusive: options.founding !== "rivals",
    reachableMs: 2 * options.raft.electionTimeoutMs,
    replaceDeadAfterMs: options.deadVoterAfterMs,
    settleMs: options.settleMs,
  });
}
