import type { SocketAddress } from "@caucus/chitchat";
import { MachineClock } from "../machine-clock.ts";
import { addressOf } from "./addresses.ts";
import { GossipProcess } from "./gossip-process.ts";
import type { GossipWorld } from "./gossip-world.ts";

/** One computer: a clock, an address, and the process that runs there. */
export class GossipMachine {
  readonly label: number;
  readonly clock: MachineClock;
  readonly address: SocketAddress;
  readonly #world: GossipWorld;
  #process: GossipProcess | undefined;
  #starts = 0;
  /** Generations of the processes so far: a repeated one must not confuse the cluster. */
  readonly #generations = new Set<bigint>();
  /** Events of the process wait until then. */
  stalledUntilMs = 0;
  /** Stays away for good. */
  isAbsent = false;

  constructor(world: GossipWorld, label: number) {
    this.#world = world;
    this.label = label;
    this.clock = new MachineClock(world.scheduler, label * 1000);
    this.address = addressOf(label);
  }

  /** The running process; also one that is about to leave. */
  get process(): GossipProcess | undefined {
    return this.#process;
  }

  start(): void {
    const { options, trace, counters } = this.#world;
    if (this.#process !== undefined || this.isAbsent) return;
    this.#starts++;
    const generation = BigInt(Math.floor(this.clock.wallMs() / options.generationUnitMs));
    if (this.#generations.has(generation)) counters.add("restart in the same second");
    this.#generations.add(generation);
    trace.record("start", this.label, this.#starts, 0, `generation ${generation}`);
    const process = new GossipProcess(this.#world, this, generation);
    this.#process = process;
    this.#world.turns.begin(process.start());
  }

  crash(): void {
    if (this.#process === undefined) return;
    this.#world.trace.record("crash", this.label, 0, 0, "");
    this.#world.counters.add("crash");
    this.#end(this.#process);
  }

  /** The process says goodbye and ends; `onLeft` is called when it has. */
  leave(onLeft: () => void): void {
    const process = this.#process;
    if (process === undefined || process.isLeaving) return;
    this.#world.trace.record("stop", this.label, 0, 0, "leaves");
    this.#world.counters.add("graceful leave");
    process.leave(() => {
      if (this.#process !== process) return;
      this.#end(process);
      onLeft();
    });
  }

  #end(process: GossipProcess): void {
    process.end();
    this.#process = undefined;
    this.stalledUntilMs = 0;
  }
}
