import { chitchatIdKey, type ReadonlyNodeState } from "@caucus/chitchat";
import { Dice } from "../dice.ts";
import type { GossipProcess } from "./gossip-process.ts";
import type { GossipWorld } from "./gossip-world.ts";

const PAD_LENGTH = 64 * 1024;

/** Text that does not compress well, to take values from. */
const pad = ((): string => {
  const dice = new Dice(1, "pad");
  let text = "";
  while (text.length < PAD_LENGTH) text += String.fromCharCode(dice.between(0x21, 0x7e));
  return text;
})();

/** The program of one node: sets, deletes and expires keys of its own. */
export class KeyWriter {
  readonly #world: GossipWorld;
  readonly #process: GossipProcess;
  readonly #dice: Dice;
  #writes = 0;

  constructor(world: GossipWorld, process: GossipProcess) {
    this.#world = world;
    this.#process = process;
    const { seed } = world.options;
    this.#dice = new Dice(seed, `writer ${process.label} ${world.scheduler.nowMs}`);
  }

  run(): void {
    const { scheduler, options, isOver } = this.#world;
    scheduler.after(this.#dice.exponential(options.workload.pauseMs), () => {
      if (this.#process.isEnded || isOver()) return;
      this.#process.enter("write", () => this.#write());
      this.run();
    });
  }

  #write(): void {
    const { workload } = this.#world.options;
    const { chitchat, isLeaving } = this.#process;
    // A write that waited for the end of a stall may come late.
    if (isLeaving || this.#world.isOver()) return;
    const dice = this.#dice;
    const key = `k${dice.integer(workload.keys)}`;
    const draw = dice.next();
    const value = this.#value();
    const before = chitchat.get(key);
    if (draw < workload.deleteShare) {
      if (chitchat.delete(key)) this.#wrote(key, "key deleted");
    } else if (draw < workload.deleteShare + workload.ttlShare / 2) {
      if (before !== undefined && chitchat.deleteAfterTtl(key)) {
        this.#wrote(key, "key with a time to live");
      }
    } else if (draw < workload.deleteShare + workload.ttlShare) {
      chitchat.setWithTtl(key, value);
      this.#wrote(key, "key with a time to live");
    } else {
      chitchat.set(key, value);
      this.#wrote(key, "key set");
    }
  }

  #value(): string {
    const { valueLength } = this.#world.options.workload;
    const start = this.#dice.integer(PAD_LENGTH - valueLength);
    const length = this.#dice.chance(0.1) ? 0 : valueLength;
    return `${this.#process.label}.${this.#writes++}.${pad.slice(start, start + length)}`;
  }

  #wrote(key: string, what: "key set" | "key deleted" | "key with a time to live"): void {
    const { owners, counters, suite, trace } = this.#world;
    const { idKey, label } = this.#process;
    const entry = this.#own().entry(key);
    if (entry === undefined) {
      suite.report("Own State", `node ${label} has written ${key}, and does not hold it`);
      return;
    }
    const { value, status, version } = entry;
    counters.add(what);
    trace.record("write", label, Number(version), value.length, `${what} ${key}`);
    owners.wrote(idKey, version, { key, value, status });
    suite.wrote(this.#process, { key, value, status });
  }

  #own(): ReadonlyNodeState {
    const { chitchat, idKey } = this.#process;
    const own = chitchat.nodeStates().find(({ id }) => chitchatIdKey(id) === idKey);
    return own as ReadonlyNodeState;
  }
}
