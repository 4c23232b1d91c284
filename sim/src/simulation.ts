/**
 * One run of one seed: a safety phase, in which everything may go wrong and no checker may
 * object, then a liveness phase, in which everything heals and the cluster must come to rest
 * within {@link LIVENESS_MS_MAX}, then a look at the whole history.
 */

import { getRecord } from "@caucus/kv";
import {
  type Configuration,
  createInitialBatch,
  type HardState,
  type MemberKey,
} from "@caucus/raft";
import { Ambush } from "./ambush.ts";
import type { FinalState } from "./checkers/client-checker.ts";
import { ClientSuite } from "./checkers/client-suite.ts";
import { CheckerSuite } from "./checkers/suite.ts";
import { Client } from "./client.ts";
import { ClientHistory, type SeenRecord } from "./client-history.ts";
import { keyBytes, seen } from "./client-wire.ts";
import { COUNTER_NAMES, Counters } from "./counters.ts";
import { Dice } from "./dice.ts";
import type { SimulatedDisk } from "./disk.ts";
import { Machine } from "./machine.ts";
import { Nemesis } from "./nemesis.ts";
import { Network } from "./network.ts";
import { Operator } from "./operator.ts";
import { QuorumGuard } from "./quorum-guard.ts";
import { ReadProbe } from "./read-probe.ts";
import { Scheduler } from "./scheduler.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { SimulationRequest, SimulationResult } from "./simulation-kind.ts";
import { drawSwarmOptions, type SwarmOptions } from "./swarm-options.ts";
import { Trace } from "./trace.ts";
import type { World } from "./world.ts";

/** Once everything is healed, the cluster is at rest within so much virtual time. */
export const LIVENESS_MS_MAX = 60_000;

const REST_CHECK_MS = 20;

interface RaftSimulationRequest extends SimulationRequest {
  /** Instead of those drawn from the seed. */
  readonly options?: SwarmOptions;
}

export function simulate(request: RaftSimulationRequest): SimulationResult {
  return new Simulation(request).run(request.steps);
}

class Simulation {
  readonly #scheduler = new Scheduler();
  readonly #counters = new Counters(COUNTER_NAMES);
  readonly #history = new ClientHistory();
  readonly #disks = new Map<MemberKey, SimulatedDisk>();
  /** The machine that every key, also of a disk that is gone, belonged to. */
  readonly #labels = new Map<MemberKey, number>();
  readonly #trace: Trace;
  readonly #suite: CheckerSuite;
  readonly #clientSuite: ClientSuite;
  readonly #world: World;
  readonly #operator: Operator;
  readonly #nemesis: Nemesis;
  readonly #clients: Client[] = [];

  constructor(request: RaftSimulationRequest) {
    const { seed } = request;
    const options = request.options ?? drawSwarmOptions(seed);
    const scheduler = this.#scheduler;
    const counters = this.#counters;
    this.#trace = new Trace(() => scheduler.nowMs, request.print);
    this.#trace.print("start", 0, JSON.stringify(options));
    const guard = new QuorumGuard((key) => this.#isIntact(key), counters);
    const truth = {
      heldDurably: (key: MemberKey, index: number, term: number | undefined): boolean =>
        this.#disks.get(key)?.heldDurably(index, term) === true,
      durableHardState: (key: MemberKey): HardState =>
        this.#disks.get(key)?.durable.log.hardState ?? { term: 0, vote: undefined },
    };
    this.#suite = new CheckerSuite(truth);
    this.#clientSuite = new ClientSuite((property, message) =>
      this.#suite.report(property, message),
    );
    const count = options.voters + options.spares;
    const machines: Machine[] = [];
    this.#world = {
      options,
      cluster: "c".repeat(32),
      scheduler,
      counters,
      trace: this.#trace,
      suite: this.#suite,
      network: new Network(count, options.network, {
        scheduler,
        counters,
        dice: new Dice(seed, "network"),
      }),
      dice: new Dice(seed, "world"),
      machines,
      machineOf: (key) => this.#machineOf(key),
    };
    for (let label = 1; label <= count; label++) machines.push(this.#createMachine(label));
    this.#operator = new Operator(this.#world, new Dice(seed, "operator"), guard);
    this.#nemesis = new Nemesis(this.#world, new Dice(seed, "nemesis"), this.#operator, guard);
    const ambush = new Ambush(this.#world, new Dice(seed, "ambush"), this.#nemesis);
    this.#suite.observe(guard.observer);
    this.#suite.observe(ambush.observer);
  }

  run(steps: number): SimulationResult {
    this.#begin();
    while (this.#scheduler.steps < steps && this.#suite.violation === undefined) {
      this.#scheduler.step();
    }
    const healedMs = this.#scheduler.nowMs;
    if (this.#suite.violation === undefined) this.#heal();
    const restMs = this.#scheduler.nowMs - healedMs;
    if (this.#suite.violation === undefined) this.#judge();
    return {
      seed: this.#world.options.seed,
      violation: this.#suite.violation,
      steps: this.#scheduler.steps,
      restMs,
      restMsMax: LIVENESS_MS_MAX,
      traceHash: this.#trace.hash,
      counts: this.#counters.counts,
    };
  }

  #createMachine(label: number): Machine {
    return new Machine(this.#world, label, (disk) => {
      this.#disks.set(disk.key, disk);
      this.#labels.set(disk.key, label);
    });
  }

  /** The machine whose present disk has this key. */
  #machineOf(key: MemberKey): Machine | undefined {
    const machine = this.#world.machines[(this.#labels.get(key) ?? 0) - 1];
    return machine?.key === key ? machine : undefined;
  }

  #isIntact(key: MemberKey): boolean {
    const machine = this.#machineOf(key);
    return machine !== undefined && !machine.disk.forgot && machine.state !== "refused";
  }

  /** The first machine founds the cluster, with the others as voters; they learn it from there. */
  #begin(): void {
    const { machines, options } = this.#world;
    const founders = machines.slice(0, options.voters);
    const configuration: Configuration = {
      voters: founders.map(({ key }) => key),
      outgoing: [],
      learners: [],
      learnersNext: [],
      members: founders.map(({ member }) => member),
      removed: [],
    };
    const batch = createInitialBatch(configuration);
    founders[0]?.disk.madeDurable([{ kind: "batch", batch, done: () => undefined }]);
    for (const machine of machines) machine.start();
    for (let id = 1; id <= options.workload.clients; id++) {
      const client = new Client(id, {
        world: this.#world,
        dice: new Dice(options.seed, `client ${id}`),
        history: this.#history,
        checkers: this.#clientSuite,
      });
      this.#clients.push(client);
      client.run();
    }
    this.#nemesis.run();
    new ReadProbe(this.#world, new Dice(options.seed, "probe")).run();
  }

  #heal(): void {
    this.#nemesis.end();
    for (const client of this.#clients) client.finish();
    const deadlineMs = this.#scheduler.nowMs + LIVENESS_MS_MAX;
    let nextCheckMs = this.#scheduler.nowMs;
    let unrest: string | undefined = "nothing has happened yet";
    while (unrest !== undefined && this.#suite.violation === undefined) {
      if (this.#scheduler.nowMs > deadlineMs) {
        this.#suite.report("Liveness", `${LIVENESS_MS_MAX} ms after healing: ${unrest}`);
        return;
      }
      this.#scheduler.step();
      if (this.#scheduler.nowMs < nextCheckMs) continue;
      nextCheckMs = this.#scheduler.nowMs + REST_CHECK_MS;
      unrest = this.#unrest();
    }
  }

  /** What is still missing; undefined when the cluster is at rest. */
  #unrest(): string | undefined {
    const leader = this.#operator.leader();
    if (leader === undefined) return "there is no leader";
    const waiting = this.#clients.filter((client) => !client.isFinished).length;
    if (waiting > 0) return `${waiting} clients wait for a write`;
    const { configuration, commitIndex, lastIndex } = leader.status;
    if (configuration.outgoing.length > 0) return "the configuration is joint";
    if (commitIndex < lastIndex) return `committed is ${commitIndex} of ${lastIndex}`;
    for (const { key, label } of configuration.members) {
      if (!this.#isIntact(key)) continue;
      const applied = this.#machineOf(key)?.node?.driver.status().appliedIndex ?? 0;
      if (applied < lastIndex) return `node ${label} has applied ${applied} of ${lastIndex}`;
    }
    return undefined;
  }

  /** At rest: all members hold the same, and the history of the clients is explained by it. */
  #judge(): void {
    const leader = this.#operator.leader() as SimulatedNode;
    for (const { key, label } of leader.status.configuration.members) {
      const machine = this.#machineOf(key);
      if (machine?.node === undefined) continue;
      const difference = leader.stateImage.difference(machine.node.stateImage);
      if (difference !== undefined) {
        this.#suite.report(
          "Convergence",
          `nodes ${leader.label} and ${label} differ at rest: ${difference}`,
        );
      }
    }
    this.#clientSuite.ended(this.#history.operations(), this.#finalState(leader));
  }

  #finalState(leader: SimulatedNode): FinalState {
    const state = new Map<string, SeenRecord>();
    for (let key = 0; key < this.#world.options.workload.keys; key++) {
      state.set(`k${key}`, seen(getRecord(leader.state, keyBytes(`k${key}`))));
    }
    return state;
  }
}
