import { assert } from "@caucus/base";
import type { NodeOptions } from "@caucus/node";
import type { Configuration, MemberKey, RaftDriver } from "@caucus/raft";
import { Dice } from "../dice.ts";
import type { DiskOptions } from "../disk.ts";
import { MachineClock } from "../machine-clock.ts";
import { DataDirectory } from "./data-directory.ts";
import { NodeProcess } from "./node-process.ts";
import type { NodePlan } from "./nodes-options.ts";
import type { NodesWorld } from "./nodes-world.ts";

/** `refused`: the cluster does not take this node as it is. `gone`: it never comes back. */
export type NodeMachineState = "down" | "up" | "refused" | "gone";

/** One computer: its addresses, a clock, a data directory that can be lost, and the process. */
export class NodeMachine {
  readonly label: number;
  readonly clock: MachineClock;
  /** Events of the process wait until then. */
  stalledUntilMs = 0;
  diskOptions: DiskOptions;
  plan: NodePlan;
  readonly #world: NodesWorld;
  readonly #keyDice: Dice;
  readonly #diskDice: Dice;
  #directory: DataDirectory;
  #process: NodeProcess | undefined;
  #state: NodeMachineState = "down";
  #refusal: string | undefined;
  #kept: Configuration | undefined;

  constructor(world: NodesWorld, plan: NodePlan) {
    const { options, scheduler } = world;
    this.label = plan.label;
    this.plan = plan;
    this.#world = world;
    this.#keyDice = new Dice(options.seed, `key ${plan.label}`);
    this.#diskDice = new Dice(options.seed, `disk ${plan.label}`);
    this.diskOptions = options.disk;
    this.clock = new MachineClock(scheduler, plan.label * 1000);
    this.#directory = this.#newDirectory();
  }

  get directory(): DataDirectory {
    return this.#directory;
  }

  get key(): MemberKey {
    return this.#directory.disk.key;
  }

  get state(): NodeMachineState {
    return this.#state;
  }

  /** Why the cluster has refused it, if it has. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** What the process that runs, or the last one, has taken for the configuration in force. */
  get lastConfiguration(): Configuration | undefined {
    return this.#process?.driver === undefined ? this.#kept : this.#process.status.configuration;
  }

  get process(): NodeProcess | undefined {
    return this.#process;
  }

  /** The process once Raft runs in it: what takes snapshots. */
  get node(): (NodeProcess & { readonly driver: RaftDriver }) | undefined {
    const process = this.#process;
    if (process?.driver === undefined) return undefined;
    return process as NodeProcess & { readonly driver: RaftDriver };
  }

  /** Of gRPC and, over UDP, of gossip. */
  get address(): string {
    return `10.0.0.${this.plan.host}:10001`;
  }

  nodeOptions(): NodeOptions {
    const { machines, options } = this.#world;
    const { bootstrap, bootstrapExpect, gossipSeeds, join } = this.plan;
    const { deadVoterAfterMs, gossipLookMs, replaceAfterMs, settleMs } = options;
    const addressOf = (label: number): string => (machines[label - 1] as NodeMachine).address;
    return {
      label: this.label,
      rpcListenAddress: this.address,
      apiAddress: `10.0.0.${this.plan.host}:8080`,
      storage: "memory",
      join: join.map(addressOf),
      bootstrap,
      bootstrapExpect,
      raft: options.raft,
      ...{ deadVoterAfterMs, gossipLookMs, replaceAfterMs, settleMs },
      gossip: {
        listenAddress: this.address,
        seeds: gossipSeeds.map(addressOf),
        intervalMs: options.gossipIntervalMs,
      },
    };
  }

  start(): void {
    assert(this.#process === undefined, `node ${this.label} runs already`);
    const { trace } = this.#world;
    this.#refusal = undefined;
    this.#process = new NodeProcess(this.#world, this);
    this.#state = "up";
    const { key, startCounter } = this.#process;
    trace.record("start", this.label, startCounter, 0, `${key} start ${startCounter}`);
    this.#process.run();
  }

  /** The process ends at once. */
  crash(): void {
    this.#end("down");
    this.#world.trace.record("crash", this.label, 0, 0, "");
  }

  /** As a signal would: the process says goodbye and ends by itself. */
  stop(): void {
    const process = this.#process;
    process?.enter(() => void process.member.stop());
    this.#world.trace.record("stop", this.label, 0, 0, "");
  }

  /** The process has ended by itself; `refusal` says why it can't come back as it is. */
  ended(process: NodeProcess, refusal: string | undefined): void {
    if (process !== this.#process) return;
    this.#end(refusal === undefined ? "down" : "refused");
    this.#refusal = refusal;
    this.#world.trace.record("stop", this.label, 1, 0, refusal ?? "");
  }

  /** Nobody ever hears of it again. */
  lose(): void {
    this.#end("gone");
    this.#kept = undefined;
    this.#world.counters.add("machine lost for good");
    this.#world.trace.record("crash", this.label, 1, 0, "for good");
  }

  /** The data directory is gone; the next one is empty and has another key. */
  wipe(): void {
    this.#end("down");
    this.#refusal = undefined;
    this.#kept = undefined;
    this.#directory = this.#newDirectory();
    this.#world.counters.add("wiped disk");
    this.#world.trace.record("fault", this.label, 0, 1, `new disk with key ${this.key}`);
  }

  #end(state: NodeMachineState): void {
    if (this.#process !== undefined) {
      this.#kept = this.lastConfiguration;
      this.#process.end();
      this.#process = undefined;
      this.#directory.crash();
    }
    this.#state = state;
  }

  #newDirectory(): DataDirectory {
    const { counters, scheduler } = this.#world;
    const machine = this;
    const key = Array.from({ length: 32 }, () => this.#keyDice.integer(16).toString(16)).join("");
    const directory = new DataDirectory(key, this.label, {
      scheduler,
      dice: this.#diskDice,
      counters,
      get options() {
        return machine.diskOptions;
      },
    });
    this.#world.directories.set(key, directory);
    return directory;
  }
}
