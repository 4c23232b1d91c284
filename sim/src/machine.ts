import { assert } from "@caucus/base";
import type { Member, MemberKey } from "@caucus/raft";
import { Dice } from "./dice.ts";
import { type DiskOptions, SimulatedDisk } from "./disk.ts";
import { MachineClock } from "./machine-clock.ts";
import { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

/** `refused`: the disk is behind its fence, the process does not start. */
export type MachineState = "down" | "up" | "refused";

/** One computer: a clock, a disk that can be replaced, and the process that runs on both. */
export class Machine {
  readonly label: number;
  readonly clock: MachineClock;
  readonly #world: World;
  readonly #keyDice: Dice;
  readonly #diskDice: Dice;
  readonly #onNewDisk: (disk: SimulatedDisk) => void;
  #disk: SimulatedDisk;
  #node: SimulatedNode | undefined;
  #state: MachineState = "down";
  #starts = 0;
  /** Events of the process wait until then. */
  stalledUntilMs = 0;
  diskOptions: DiskOptions;

  constructor(world: World, label: number, onNewDisk: (disk: SimulatedDisk) => void) {
    this.label = label;
    this.#world = world;
    this.#keyDice = new Dice(world.options.seed, `key ${label}`);
    this.#diskDice = new Dice(world.options.seed, `disk ${label}`);
    this.#onNewDisk = onNewDisk;
    this.diskOptions = world.options.disk;
    this.clock = new MachineClock(world.scheduler, label * 1000);
    this.#disk = this.#newDisk();
  }

  get key(): MemberKey {
    return this.#disk.key;
  }

  get disk(): SimulatedDisk {
    return this.#disk;
  }

  get state(): MachineState {
    return this.#state;
  }

  /** The running process. */
  get node(): SimulatedNode | undefined {
    return this.#node;
  }

  get member(): Member {
    const host = `10.0.0.${this.label}`;
    return {
      key: this.key,
      label: this.label,
      rpcAddress: `${host}:10001`,
      apiAddress: `${host}:8080`,
    };
  }

  start(): void {
    assert(this.#node === undefined, `node ${this.label} runs already`);
    const world = this.#world;
    const opening = this.#disk.open();
    if (opening.kind === "refused") {
      this.#state = "refused";
      world.counters.add("start refused by fence");
      world.suite.refused(this.label, this.#disk.forgot, opening.message);
      world.trace.record("refused", this.label, 0, 0, opening.message);
      return;
    }
    this.#starts++;
    world.trace.record("start", this.label, this.#starts, 0, `${this.key} start ${this.#starts}`);
    try {
      this.#node = new SimulatedNode(world, this, opening.session, this.#starts);
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      world.suite.report("Invariant of the core", `node ${this.label} starting: ${message}`);
      return;
    }
    this.#state = "up";
    this.#node.run();
  }

  /** The process ends at once; `forget` also takes fsynced records from the disk. */
  crash(forget = false): void {
    this.#node?.end();
    this.#node = undefined;
    this.#state = "down";
    this.#world.trace.record("crash", this.label, forget ? 1 : 0, 0, forget ? "and forgets" : "");
    if (!forget) this.#disk.crash();
    else if (this.#disk.crashAndForget()) this.#world.counters.add("synced suffix lost");
  }

  /** The disk is gone; the next one is empty and has another key. */
  replaceDisk(): void {
    if (this.#node !== undefined) this.crash();
    this.#state = "down";
    this.#disk = this.#newDisk();
    this.#starts = 0;
    this.#world.counters.add("wiped disk");
    this.#world.trace.record("fault", this.label, 0, 1, `new disk with key ${this.key}`);
  }

  #newDisk(): SimulatedDisk {
    const world = this.#world;
    let key = "";
    for (let digit = 0; digit < 32; digit++) key += this.#keyDice.integer(16).toString(16);
    const machine = this;
    const disk = new SimulatedDisk(key, {
      scheduler: world.scheduler,
      dice: this.#diskDice,
      counters: world.counters,
      get options() {
        return machine.diskOptions;
      },
    });
    this.#onNewDisk(disk);
    return disk;
  }
}
