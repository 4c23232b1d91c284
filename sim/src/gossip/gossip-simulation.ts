/**
 * One run of gossip under one seed: a safety phase, in which everything may go wrong and no checker
 * may object, then a liveness phase, in which everything heals and all nodes must agree within
 * {@link restMsMax}.
 */
import { Counters } from "../counters.ts";
import { Dice } from "../dice.ts";
import { Network } from "../network.ts";
import { Scheduler } from "../scheduler.ts";
import type { SimulationRequest, SimulationResult } from "../simulation-kind.ts";
import { Trace } from "../trace.ts";
import { Calm } from "./calm.ts";
import { unrest } from "./checkers/convergence.ts";
import { GossipSuite } from "./checkers/gossip-suite.ts";
import { hasBoundedLoss, hasBoundedRules } from "./checkers/no-false-death.ts";
import { GOSSIP_FLOORS, type GossipCounterName } from "./gossip-floors.ts";
import { GossipMachine } from "./gossip-machine.ts";
import { GossipNemesis } from "./gossip-nemesis.ts";
import { drawGossipOptions, type GossipOptions, type GossipRules } from "./gossip-options.ts";
import type { GossipProcess } from "./gossip-process.ts";
import type { GossipWorld } from "./gossip-world.ts";
import { Owners } from "./owners.ts";
import { Stranger } from "./stranger.ts";
import { Turns } from "./turns.ts";

/** Rounds in which news, also of many datagrams, reaches everybody in a healed world. */
const SPREADING_ROUNDS = 60;

/** A healed world is watched for so long at least: nothing may happen in it. */
const PEACE_ROUNDS = 35;

export interface GossipSimulationRequest extends SimulationRequest {
  /** Instead of those drawn from the seed. */
  readonly options?: GossipOptions;
}

export function simulateGossip(request: GossipSimulationRequest): Promise<SimulationResult> {
  return new GossipSimulation(request).run(request.steps);
}

/**
 * Once everything is healed, all nodes agree within so much virtual time: the news spread, the
 * longest silence is noticed, and its node forgotten, also by those that learned of it last.
 */
export function restMsMax(rules: GossipRules): number {
  const silenceMs = rules.phiThreshold * Math.max(rules.maxIntervalMs, rules.initialIntervalMs);
  return SPREADING_ROUNDS * rules.gossipIntervalMs + silenceMs + 2 * rules.deadNodeGraceMs;
}

class GossipSimulation {
  readonly #scheduler = new Scheduler();
  readonly #counters = new Counters<GossipCounterName>(
    Object.keys(GOSSIP_FLOORS) as GossipCounterName[],
  );
  readonly #machines: GossipMachine[] = [];
  readonly #trace: Trace;
  readonly #suite: GossipSuite;
  readonly #world: GossipWorld;
  readonly #nemesis: GossipNemesis;

  constructor(request: GossipSimulationRequest) {
    const { seed } = request;
    const options = request.options ?? drawGossipOptions(seed);
    const scheduler = this.#scheduler;
    const counters = this.#counters;
    const owners = new Owners();
    const calm = new Calm(() => scheduler.nowMs);
    this.#trace = new Trace(() => scheduler.nowMs, request.print);
    this.#trace.print("start", 0, JSON.stringify(options));
    const truth = {
      running: (id: string) => this.#processes().find(({ idKey }) => idKey === id),
      calmForMs: () => (network.isCalm || hasBoundedLoss(options) ? calm.calmForMs : 0),
    };
    this.#suite = new GossipSuite({ options, owners, truth, counters });
    const network = new Network(options.nodes, options.network, {
      scheduler,
      counters,
      dice: new Dice(seed, "network"),
    });
    this.#world = {
      options,
      scheduler,
      counters,
      trace: this.#trace,
      suite: this.#suite,
      network,
      owners,
      calm,
      turns: new Turns(),
      stranger: new Stranger(() => this.#world, new Dice(seed, "stranger")),
      dice: new Dice(seed, "world"),
      machines: this.#machines,
      isOver: () => this.#nemesis.isOver,
    };
    for (let label = 1; label <= options.nodes; label++) {
      this.#machines.push(new GossipMachine(this.#world, label));
    }
    this.#nemesis = new GossipNemesis(this.#world, new Dice(seed, "nemesis"));
  }

  async run(steps: number): Promise<SimulationResult> {
    this.#nemesis.run();
    while (this.#scheduler.steps < steps && this.#suite.violation === undefined) {
      await this.#step();
    }
    const restMs = this.#suite.violation === undefined ? await this.#heal() : 0;
    return {
      seed: this.#world.options.seed,
      violation: this.#suite.violation,
      steps: this.#scheduler.steps,
      restMs,
      restMsMax: restMsMax(this.#world.options.rules),
      traceHash: this.#trace.hash,
      counts: this.#counters.counts,
    };
  }

  async #step(): Promise<void> {
    this.#scheduler.step();
    if (this.#world.turns.isWaiting) await this.#world.turns.run();
  }

  /** Answers how long it took until all agreed. They go on agreeing for a while. */
  async #heal(): Promise<number> {
    const { rules } = this.#world.options;
    const healedMs = this.#scheduler.nowMs;
    const sinceHealedMs = (): number => this.#scheduler.nowMs - healedMs;
    this.#nemesis.end();
    let restMs: number | undefined;
    let nextCheckMs = 0;
    while (this.#suite.violation === undefined) {
      await this.#step();
      if (sinceHealedMs() < nextCheckMs) continue;
      nextCheckMs = sinceHealedMs() + rules.gossipIntervalMs / 2;
      const stalled = this.#machines.find(
        ({ stalledUntilMs }) => stalledUntilMs > this.#scheduler.nowMs,
      );
      const missing = stalled === undefined ? unrest(this.#processes()) : "a stall is not over";
      if (missing === undefined) restMs ??= sinceHealedMs();
      else if (restMs !== undefined) {
        // Beyond the bounds of the rules, a live node may be called dead for a moment.
        const isPromised = hasBoundedRules(rules);
        if (isPromised) this.#suite.report("Convergence", `no more: ${missing}`);
      } else if (sinceHealedMs() > restMsMax(rules)) {
        this.#suite.report("Convergence", `${restMsMax(rules)} ms after healing: ${missing}`);
      }
      if (restMs !== undefined && sinceHealedMs() > PEACE_ROUNDS * rules.gossipIntervalMs) break;
    }
    return restMs ?? sinceHealedMs();
  }

  /** Those that run, and mean to go on. */
  #processes(): GossipProcess[] {
    return this.#machines.flatMap(({ process }) =>
      process?.isStarted === true && !process.isLeaving ? [process] : [],
    );
  }
}
