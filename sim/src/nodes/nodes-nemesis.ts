/**
 * Whatever goes wrong with whole nodes, and whoever repairs it: machines that are down are started
 * again, those that the cluster refuses get an empty directory, as their log tells the operator.
 */
import { memberOf } from "@caucus/raft";
import type { Dice } from "../dice.ts";
import type { Network } from "../network.ts";
import type { FoundingGuard } from "./founding-guard.ts";
import type { NodeMachine } from "./node-machine.ts";
import type { NodesWorld } from "./nodes-world.ts";

interface Fault {
  readonly intervalMs: number;
  readonly strike: () => void;
}

/** Mean time until a machine that is down is started again. */
const DOWN_MS_MEAN = 1_500;
/** How often somebody looks after the machines. */
const CARE_INTERVAL_MS = 1_000;

/** Machines that are lost for good in one run. */
const LOST_MAX = 2;

/** What a node says when it is bound to a promise that nobody can withdraw any more. */
const STUCK = "or an empty data directory here";

export class NodesNemesis {
  readonly #world: NodesWorld;
  readonly #dice: Dice;
  readonly #guard: FoundingGuard;
  #isOver = false;
  #lost = 0;

  constructor(world: NodesWorld, dice: Dice, guard: FoundingGuard) {
    this.#world = world;
    this.#dice = dice;
    this.#guard = guard;
  }

  run(): void {
    for (const machine of this.#world.machines) {
      this.#world.scheduler.after(machine.plan.startMs, () => machine.start());
    }
    for (const fault of this.#faults()) if (fault.intervalMs > 0) this.#repeat(fault);
    this.#care();
  }

  /** From now on everything heals; whoever can't be helped otherwise gets an empty directory. */
  end(): void {
    this.#isOver = true;
    const { gossipNetwork, machines, network, trace } = this.#world;
    trace.record("heal", 0, 0, 0, "everything");
    network.calm();
    gossipNetwork.calm();
    for (const machine of machines) {
      machine.stalledUntilMs = 0;
      machine.directory.disk.slowness = 1;
      machine.diskOptions = { ...machine.diskOptions, failureRate: 0 };
    }
  }

  #faults(): readonly Fault[] {
    const { faults } = this.#world.options;
    const { gossipNetwork, network } = this.#world;
    return [
      { intervalMs: faults.crashMs, strike: () => this.#crash() },
      { intervalMs: faults.stopMs, strike: () => this.#stop() },
      { intervalMs: faults.partitionMs, strike: () => this.#cutOff([network, gossipNetwork]) },
      { intervalMs: faults.gossipPartitionMs, strike: () => this.#cutOff([gossipNetwork]) },
      { intervalMs: faults.rpcPartitionMs, strike: () => this.#cutOff([network]) },
      { intervalMs: faults.stallMs, strike: () => this.#stall() },
      { intervalMs: faults.slowDiskMs, strike: () => this.#slowDisk() },
      { intervalMs: faults.wipeMs, strike: () => this.#wipe() },
      { intervalMs: faults.loseMs, strike: () => this.#lose() },
    ];
  }

  #repeat(fault: Fault): void {
    this.#world.scheduler.after(this.#dice.exponential(fault.intervalMs), () => {
      if (this.#isOver) return;
      fault.strike();
      this.#repeat(fault);
    });
  }

  #crash(): void {
    const machine = this.#someRunning();
    if (machine === undefined) return;
    this.#world.counters.add("crash");
    machine.crash();
    this.#startLater(machine);
  }

  /** Somebody has just asked the leader for something, which may take a while. */
  disturb(): void {
    if (!this.#dice.chance(this.#world.options.faults.disturbRate)) return;
    this.#world.scheduler.after(this.#dice.exponential(1_000), () => {
      const leader = this.#world.machines.find(({ process }) => process?.status.role === "leader");
      if (!this.#isOver && leader !== undefined) this.#stop(leader);
    });
  }

  #stop(machine = this.#someRunning()): void {
    if (machine === undefined) return;
    this.#world.counters.add("graceful stop");
    machine.stop();
    this.#startLater(machine, 5_000);
  }

  #wipe(): void {
    const machine = this.#someRunning();
    if (machine === undefined || !this.#guard.maySpare(machine)) return;
    this.#empty(machine);
    this.#startLater(machine);
  }

  #lose(): void {
    const machine = this.#someRunning();
    if (machine === undefined || this.#lost >= LOST_MAX || !this.#guard.maySpare(machine)) return;
    this.#lost++;
    machine.lose();
  }

  #stall(): void {
    const machine = this.#someRunning();
    if (machine === undefined) return;
    this.#world.counters.add("stall");
    machine.stalledUntilMs = this.#world.scheduler.nowMs + this.#dice.exponential(2_000);
  }

  #slowDisk(): void {
    const machine = this.#someRunning();
    if (machine === undefined) return;
    this.#world.counters.add("slow disk");
    const { disk } = machine.directory;
    disk.slowness = this.#dice.uniform(5, 40);
    this.#world.scheduler.after(this.#dice.exponential(3_000), () => {
      disk.slowness = 1;
    });
  }

  #cutOff(networks: readonly Network[]): void {
    const { counters, gossipNetwork, machines, network, options, scheduler, trace } = this.#world;
    const isBoth = networks.length > 1;
    counters.add(
      isBoth
        ? "two-way partition"
        : networks.includes(network)
          ? "rpc-only partition"
          : "gossip-only partition",
    );
    const labels = machines.map(({ label }) => label);
    const count = this.#dice.chance(0.5) ? 1 : this.#dice.between(1, labels.length - 1);
    const inside = this.#dice.sample(labels, count);
    const name = isBoth ? "all" : networks.includes(gossipNetwork) ? "gossip" : "rpc";
    trace.record("fault", 0, 2, inside.length, `cut off ${inside} (${name})`);
    const ends = networks.map((net) => net.cutOff(inside, "both"));
    scheduler.after(this.#dice.exponential(options.faults.partitionLengthMs), () => {
      for (const end of ends) end();
    });
  }

  #startLater(machine: NodeMachine, atLeastMs = 0): void {
    const delayMs = atLeastMs + this.#dice.exponential(DOWN_MS_MEAN);
    this.#world.scheduler.after(delayMs, () => {
      if (machine.state === "down") machine.start();
    });
  }

  /** Somebody starts what is down and follows the advice of what can't go on; soon, once healed. */
  #care(): void {
    const { machines, scheduler } = this.#world;
    for (const machine of machines) {
      if (machine.plan.startMs > scheduler.nowMs) continue;
      if (!this.#isOver && !this.#dice.chance(0.2)) continue;
      if (machine.state === "refused" && (this.#isOver || this.#guard.maySpare(machine))) {
        this.#world.counters.add("node refused");
        this.#empty(machine);
      }
      if (this.#isOver && this.#isStuck(machine)) this.#empty(machine);
      if (machine.state === "down") machine.start();
    }
    scheduler.after(CARE_INTERVAL_MS, () => this.#care());
  }

  /** It is bound to a promise that nobody withdraws, or the nodes that it lists are no members. */
  #isStuck({ directory, plan, process }: NodeMachine): boolean {
    if (process === undefined || directory.identity.cluster !== undefined) return false;
    const reasons = process.member.service.readiness().reasons.join();
    if (reasons.includes(STUCK)) return true;
    const isMember = (label: number): boolean => {
      const node = this.#world.machines[label - 1]?.node;
      return node !== undefined && memberOf(node.status.configuration, node.key) !== undefined;
    };
    const someCluster = this.#world.machines.some(({ node }) => node !== undefined);
    return someCluster && plan.join.length > 0 && !plan.join.some(isMember);
  }

  /**
   * An empty directory; the node founds nothing alone any more. Where the others are found by lists,
   * it is told where all of them are.
   */
  #empty(machine: NodeMachine): void {
    machine.wipe();
    const { machines, options } = this.#world;
    const others = machines.filter(
      ({ label, state }) => label !== machine.label && state !== "gone",
    );
    const isByList = options.plans.some(({ join }) => join.length > 0);
    const join = isByList ? others.map(({ label }) => label) : [];
    // Once all heals, several may be emptied together: they are not to found a cluster of their own.
    const bootstrapExpect = this.#isOver ? undefined : machine.plan.bootstrapExpect;
    machine.plan = { ...machine.plan, bootstrap: false, bootstrapExpect, join };
  }

  #someRunning(): NodeMachine | undefined {
    const running = this.#world.machines.filter(({ state }) => state === "up");
    return running.length === 0 ? undefined : this.#dice.pick(running);
  }
}
