/** Breaks what a cluster of gossip must endure, at random times, until it is told to end. */
import type { Dice } from "../dice.ts";
import type { CutDirection } from "../network.ts";
import type { GossipMachine } from "./gossip-machine.ts";
import type { GossipFaultIntervals } from "./gossip-options.ts";
import type { GossipWorld } from "./gossip-world.ts";

interface Fault {
  readonly intervalMs: number;
  readonly strike: () => void;
}

/** What waits for the end of a stall cannot be called earlier, so the last one delays the rest. */
const STALL_ROUNDS_MAX = 40;

export class GossipNemesis {
  readonly #world: GossipWorld;
  readonly #dice: Dice;
  #isOver = false;

  constructor(world: GossipWorld, dice: Dice) {
    this.#world = world;
    this.#dice = dice;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  run(): void {
    const { options, machines } = this.#world;
    if (options.driftingClocks) {
      for (const { clock } of machines) clock.setRate(this.#driftRate());
    }
    for (const machine of machines) {
      const delayMs = this.#dice.chance(0.5) ? 0 : this.#dice.exponential(options.downMs);
      this.#after(delayMs, () => machine.start());
    }
    for (const fault of this.#faults(options.faults)) {
      if (fault.intervalMs > 0) this.#repeat(fault);
    }
  }

  /** From now on everything heals but stalls; all nodes run, except those that stay away for good. */
  end(): void {
    this.#isOver = true;
    const { network, machines, trace, options, calm } = this.#world;
    trace.record("heal", 0, 0, 0, "everything");
    network.calm();
    calm.disturb(0);
    for (const { clock } of machines) clock.setRate(1);
    for (const machine of this.#dice.sample(machines.slice(options.seedNodes), options.absentees)) {
      machine.isAbsent = true;
      if (this.#dice.chance(0.5)) machine.crash();
      else machine.leave(() => {});
    }
    for (const machine of machines) machine.start();
  }

  #faults(intervals: GossipFaultIntervals): readonly Fault[] {
    const { stranger } = this.#world;
    return [
      { intervalMs: intervals.crashMs, strike: () => this.#crash() },
      { intervalMs: intervals.leaveMs, strike: () => this.#leave() },
      { intervalMs: intervals.twoWayPartitionMs, strike: () => this.#partition(true) },
      { intervalMs: intervals.oneWayPartitionMs, strike: () => this.#partition(false) },
      { intervalMs: intervals.flakyLinkMs, strike: () => this.#makeLinksFlaky() },
      { intervalMs: intervals.stallMs, strike: () => this.#stall() },
      { intervalMs: intervals.clockMs, strike: () => this.#changeClock() },
      { intervalMs: intervals.garbageMs, strike: () => stranger.sendGarbage() },
      { intervalMs: intervals.replayMs, strike: () => stranger.replay() },
      { intervalMs: intervals.inventedNodesMs, strike: () => stranger.inventNodes() },
      { intervalMs: intervals.forgeryMs, strike: () => stranger.forge() },
    ];
  }

  #repeat(fault: Fault): void {
    this.#world.scheduler.after(this.#dice.exponential(fault.intervalMs), () => {
      if (this.#isOver) return;
      this.#world.calm.disturb(0);
      fault.strike();
      this.#repeat(fault);
    });
  }

  #after(delayMs: number, undo: () => void): void {
    this.#world.calm.disturb(delayMs);
    this.#world.scheduler.after(delayMs, () => {
      if (!this.#isOver) undo();
    });
  }

  #startLater(machine: GossipMachine): void {
    this.#after(this.#dice.exponential(this.#world.options.downMs), () => machine.start());
  }

  #crash(): void {
    const running = this.#world.machines.filter(({ process }) => process !== undefined);
    const count = this.#dice.chance(0.2) ? this.#dice.between(1, running.length) : 1;
    for (const machine of this.#dice.sample(running, count)) {
      machine.crash();
      this.#startLater(machine);
    }
  }

  #leave(): void {
    const machine = this.#dice.pick(this.#world.machines);
    machine.leave(() => this.#startLater(machine));
  }

  #partition(bothWays: boolean): void {
    const { machines, network, counters, trace } = this.#world;
    const side = this.#dice
      .sample(machines, this.#dice.between(1, machines.length - 1))
      .map(({ label }) => label);
    const direction = bothWays ? "both" : this.#dice.pick<CutDirection>(["in", "out"]);
    counters.add(bothWays ? "two-way partition" : "one-way partition");
    trace.record("fault", 0, 2, side.length, `cut off ${side}, ${direction}`);
    const end = network.cutOff(side, direction);
    this.#after(this.#faultMs([5, 20, 60]), () => {
      trace.record("heal", 0, 1, 0, "a partition");
      end();
    });
  }

  #makeLinksFlaky(): void {
    const { machines, network, counters } = this.#world;
    counters.add("flaky link");
    const one = this.#dice.pick(machines).label;
    const end = network.makeLinksFlaky(one, this.#dice.uniform(0.3, 0.9));
    this.#after(this.#faultMs([5, 20]), end);
  }

  #stall(): void {
    const { machines, counters, trace, scheduler, calm } = this.#world;
    const machine = this.#dice.pick(machines);
    const { gossipIntervalMs } = this.#world.options.rules;
    const stallMs = Math.min(this.#faultMs([1, 4, 20]), STALL_ROUNDS_MAX * gossipIntervalMs);
    counters.add("stall");
    trace.record("fault", machine.label, 3, Math.floor(stallMs), `stalls ${stallMs} ms`);
    machine.stalledUntilMs = scheduler.nowMs + stallMs;
    calm.disturb(stallMs);
  }

  #changeClock(): void {
    const { machines, counters, trace } = this.#world;
    const machine = this.#dice.pick(machines);
    const { clock } = machine;
    counters.add("clock drift");
    clock.setRate(this.#driftRate());
    trace.record(
      "fault",
      machine.label,
      4,
      Math.floor(clock.rate * 10),
      `clock runs at ${clock.rate}`,
    );
    if (this.#dice.chance(0.5)) return;
    const jumpMs = this.#dice.uniform(-20_000, 5_000);
    clock.jumpWall(jumpMs);
    if (jumpMs < 0) counters.add("clock set back");
  }

  #driftRate(): number {
    return this.#dice.pick([0.7, 0.9, 1, 1.1, 1.5]);
  }

  /** An exponential time with one of these means, in gossip intervals. */
  #faultMs(means: readonly number[]): number {
    return this.#dice.exponential(
      this.#world.options.rules.gossipIntervalMs * this.#dice.pick(means),
    );
  }
}
