import { chitchatIdKey, type SocketAddress } from "@caucus/chitchat";
import { MachineClock } from "../machine-clock.ts";
import { addressOf, nameOf } from "./addresses.ts";
import { GossipProcess } from "./gossip-process.ts";
import type { GossipWorld } from "./gossip-world.ts";

/** In so many rounds a node that starts has heard of its earlier life. */
const TELLING_ROUNDS = 5;

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
    let generation = BigInt(Math.floor(this.clock.wallMs() / options.generationUnitMs));
    // Nobody tells of an id that is about to be forgotten: its second life would have to outgrow the
    // heartbeat of the first before it is seen.
    while (this.#generations.has(generation) && !this.#isToldOf(generation)) generation++;
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

  /** Somebody still offers what it knows of this generation, and will for some rounds. */
  #isToldOf(generationId: bigint): boolean {
    const id = { nodeId: nameOf(this.label), generationId, gossipAdvertiseAddress: this.address };
    const key = chitchatIdKey(id);
    const { deadNodeGraceMs, gossipIntervalMs } = this.#world.options.rules;
    const deadMsMax = deadNodeGraceMs / 2 - TELLING_ROUNDS * gossipIntervalMs;
    return this.#world.machines.some(({ process }) => {
      if (process?.isStarted !== true || !process.views.has(key)) return false;
      const sinceMs = process.dead.get(key);
      return sinceMs === undefined || process.nowMs - sinceMs < deadMsMax;
    });
  }

  #end(process: GossipProcess): void {
    process.end();
    this.#process = undefined;
    this.stalledUntilMs = 0;
  }
}
