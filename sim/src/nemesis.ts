/**
 * Whatever goes wrong, and whoever repairs it. Each kind of fault comes at random times of its
 * own; a machine that is down is started again after a while, a disk that is gone for good is
 * replaced by an empty one under another key.
 */
import type { Dice } from "./dice.ts";
import type { Machine } from "./machine.ts";
import type { CutDirection } from "./network.ts";
import type { Operator } from "./operator.ts";
import type { QuorumGuard } from "./quorum-guard.ts";
import type { FaultIntervals } from "./swarm-options.ts";
import type { World } from "./world.ts";

interface Fault {
  readonly intervalMs: number;
  readonly strike: () => void;
}

/** How often somebody looks after machines that are down. */
const CARE_INTERVAL_MS = 30;
/** Mean time until a machine that is down is started again. */
const DOWN_MS_MEAN = 150;

export class Nemesis {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #operator: Operator;
  readonly #guard: QuorumGuard;
  /** By label, when a machine that is down is started again. */
  readonly #startAtMs = new Map<number, number>();
  #isOver = false;

  constructor(world: World, dice: Dice, operator: Operator, guard: QuorumGuard) {
    this.#world = world;
    this.#dice = dice;
    this.#operator = operator;
    this.#guard = guard;
  }

  run(): void {
    if (this.#world.options.driftingClocks) {
      for (const { clock } of this.#world.machines) clock.setRate(this.#driftRate());
    }
    for (const fault of this.#faults(this.#world.options.faults)) {
      if (fault.intervalMs > 0) this.#repeat(fault);
    }
    this.#care();
  }

  /** From now on everything heals, and every machine that is down is started. */
  end(): void {
    this.#isOver = true;
    const { network, machines, trace } = this.#world;
    trace.record("heal", 0, 0, 0, "everything");
    network.calm();
    for (const machine of machines) {
      machine.stalledUntilMs = 0;
      machine.clock.setRate(1);
      machine.disk.slowness = 1;
      machine.diskOptions = { ...machine.diskOptions, failureRate: 0 };
    }
  }

  /** Crashes a machine that is up; it is started again after `downMs`. */
  crashBriefly(machine: Machine, downMs: number): void {
    if (this.#isOver || machine.node === undefined) return;
    this.#world.counters.add("crash");
    machine.crash();
    this.#after(downMs, () => {
      if (machine.state === "down") machine.start();
    });
  }

  /** Nothing gets in, out, or both, between these machines and the others, for a while. */
  cutOff(labels: readonly number[], direction: CutDirection, lastsMs: number): void {
    if (this.#isOver) return;
    const { network, counters, trace } = this.#world;
    counters.add(direction === "both" ? "two-way partition" : "one-way partition");
    trace.record("fault", 0, 2, labels.length, `cut off ${labels}, ${direction}`);
    this.#healAfter(lastsMs, network.cutOff(labels, direction));
  }

  #faults(intervals: FaultIntervals): readonly Fault[] {
    const operator = this.#operator;
    return [
      { intervalMs: intervals.crashMs, strike: () => this.#crash() },
      { intervalMs: intervals.gracefulStopMs, strike: () => this.#stopGracefully() },
      { intervalMs: intervals.twoWayPartitionMs, strike: () => this.#partition(true) },
      { intervalMs: intervals.oneWayPartitionMs, strike: () => this.#partition(false) },
      { intervalMs: intervals.flakyLinkMs, strike: () => this.#makeLinksFlaky() },
      { intervalMs: intervals.stallMs, strike: () => this.#stall() },
      { intervalMs: intervals.clockDriftMs, strike: () => this.#drift() },
      { intervalMs: intervals.slowDiskMs, strike: () => this.#slowDisk() },
      { intervalMs: intervals.forgetMs, strike: () => this.#forget() },
      { intervalMs: intervals.wipeMs, strike: () => this.#wipe() },
      { intervalMs: intervals.membershipMs, strike: () => operator.changeMembership() },
      { intervalMs: intervals.transferMs, strike: () => operator.transferLeadership() },
      { intervalMs: intervals.compactionMs, strike: () => this.#compact() },
    ];
  }

  #repeat(fault: Fault): void {
    this.#world.scheduler.after(this.#dice.exponential(fault.intervalMs), () => {
      if (this.#isOver) return;
      fault.strike();
      this.#repeat(fault);
    });
  }

  #after(delayMs: number, undo: () => void): void {
    this.#world.scheduler.after(delayMs, () => {
      if (!this.#isOver) undo();
    });
  }

  #crash(): void {
    const running = this.#world.machines.filter(({ node }) => node !== undefined);
    const count = this.#dice.chance(0.2) ? this.#dice.between(1, running.length) : 1;
    for (const machine of this.#dice.sample(running, count)) {
      this.#world.counters.add("crash");
      machine.crash();
    }
  }

  /** As on SIGTERM: a leader hands over first. */
  #stopGracefully(): void {
    const machine = this.#dice.pick(this.#world.machines);
    const node = machine.node;
    if (node === undefined) return;
    this.#world.counters.add("graceful stop");
    const stop = (): void => {
      node.driver.stop();
      this.#world.trace.record("stop", machine.label, 0, 0, "");
      // The process ends when the event does.
      this.#world.scheduler.after(0, () => {
        if (machine.node === node) machine.crash();
      });
    };
    node.enter(() => node.driver.transferLeadership(undefined, stop));
  }

  #partition(bothWays: boolean): void {
    const { machines } = this.#world;
    const side = this.#dice.sample(machines, this.#dice.between(1, machines.length - 1));
    this.cutOff(
      side.map(({ label }) => label),
      bothWays ? "both" : this.#dice.pick(["in", "out"]),
      this.#networkFaultMs(),
    );
  }

  #makeLinksFlaky(): void {
    const { machines, network, counters } = this.#world;
    counters.add("flaky link");
    const one = this.#dice.pick(machines).label;
    const heal = network.makeLinksFlaky(one, this.#dice.uniform(0.1, 0.7));
    this.#healAfter(this.#networkFaultMs(), heal);
  }

  /** Short of an election timeout or some of them. */
  #networkFaultMs(): number {
    const electionTimeoutMs = this.#world.options.raft.electionTimeoutMs ?? 600;
    return this.#dice.exponential(electionTimeoutMs * this.#dice.pick([0.5, 2, 4]));
  }

  #healAfter(delayMs: number, heal: () => void): void {
    this.#after(delayMs, () => {
      this.#world.trace.record("heal", 0, 1, 0, "some links");
      heal();
    });
  }

  #stall(): void {
    const machine = this.#dice.pick(this.#world.machines);
    const electionTimeoutMs = this.#world.options.raft.electionTimeoutMs ?? 600;
    const stallMs = this.#dice.exponential(electionTimeoutMs * 1.5);
    this.#world.counters.add("stall");
    this.#world.trace.record(
      "fault",
      machine.label,
      3,
      Math.floor(stallMs),
      `stalls ${stallMs} ms`,
    );
    machine.stalledUntilMs = this.#world.scheduler.nowMs + stallMs;
  }

  #drift(): void {
    const machine = this.#dice.pick(this.#world.machines);
    this.#world.counters.add("clock drift");
    machine.clock.setRate(this.#driftRate());
    if (this.#dice.chance(0.3)) machine.clock.jumpWall(this.#dice.uniform(-60_000, 60_000));
  }

  /** Far beyond real clocks: safety must not depend on them at all. */
  #driftRate(): number {
    return this.#dice.pick([0.4, 0.7, 1, 1.5, 2.5]);
  }

  #slowDisk(): void {
    const { disk } = this.#dice.pick(this.#world.machines);
    this.#world.counters.add("slow disk");
    disk.slowness = this.#dice.uniform(5, 60);
    this.#after(this.#dice.exponential(1000), () => {
      disk.slowness = 1;
    });
  }

  /** The disk silently loses some of what was fsynced; the fence must notice. */
  #forget(): void {
    const machine = this.#dice.pick(this.#world.machines);
    if (machine.node === undefined || !this.#guard.mayLose(machine.key)) return;
    machine.crash(true);
  }

  #wipe(): void {
    const machine = this.#dice.pick(this.#world.machines);
    if (!this.#guard.mayLose(machine.key)) return;
    machine.replaceDisk();
  }

  #compact(): void {
    const { node } = this.#dice.pick(this.#world.machines);
    node?.enter(() => node.driver.compact());
  }

  #care(): void {
    this.#world.scheduler.after(CARE_INTERVAL_MS, () => {
      for (const machine of this.#world.machines) {
        if (!this.#isOver) this.#lookAfter(machine);
        else if (machine.state === "down") machine.start();
      }
      this.#care();
    });
  }

  #lookAfter(machine: Machine): void {
    const { nowMs } = this.#world.scheduler;
    const isUseless =
      machine.state === "refused" ||
      this.#guard.configuration?.removed.includes(machine.key) === true;
    if (machine.state === "up" && !isUseless) return;
    const startAtMs = this.#startAtMs.get(machine.label);
    if (startAtMs === undefined) {
      this.#startAtMs.set(machine.label, nowMs + this.#dice.exponential(DOWN_MS_MEAN));
    } else if (nowMs >= startAtMs) {
      this.#startAtMs.delete(machine.label);
      // A refused disk is discarded, a removed member comes back as a new one.
      if (isUseless) machine.replaceDisk();
      machine.start();
    }
  }
}
