/**
 * Faults that wait for a bad moment: between a vote and the next request for it, in the middle
 * of a write, just after an election, while two majorities rule. At random times such moments
 * are rarely met, and they are where mistakes hurt.
 */
import { type Configuration, decodeConfiguration, isJoint, type MemberKey } from "@caucus/raft";
import type { Checker, ObservedNode } from "./checkers/checker.ts";
import type { Dice } from "./dice.ts";
import type { Nemesis } from "./nemesis.ts";
import type { World } from "./world.ts";

export interface AmbushOptions {
  /** Kind of message after which its sender may crash. */
  readonly sendKind: string;
  /** Chances, of each: a message of that kind, a batch, an election, a joint configuration. */
  readonly sendRate: number;
  readonly writeRate: number;
  readonly leaderRate: number;
  readonly jointRate: number;
}

/** A machine that was ambushed comes back soon: others must not have forgotten it. */
const SHORT_DOWN_MS_MEAN = 20;

export class Ambush {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #nemesis: Nemesis;

  constructor(world: World, dice: Dice, nemesis: Nemesis) {
    this.#world = world;
    this.#dice = dice;
    this.#nemesis = nemesis;
  }

  get observer(): Checker {
    const options = this.#world.options.ambushes;
    return {
      sent: (node, message) => {
        if (message.kind === options.sendKind && this.#dice.chance(options.sendRate)) {
          this.#crashSoon(node, 1);
        }
      },
      writing: (node, batch) => {
        if (this.#dice.chance(options.writeRate)) {
          this.#crashSoon(node, this.#world.options.disk.syncMsMax);
        }
        for (const entry of batch.entries) {
          if (entry.kind !== "configuration" || node.status.role !== "leader") continue;
          const configuration = decodeConfiguration(entry.data);
          if (isJoint(configuration) && this.#dice.chance(options.jointRate)) {
            this.#splitMajorities(configuration, node);
          }
        }
      },
      stepped: (node, before, after) => {
        if (before.role === "leader" || after.role !== "leader") return;
        if (this.#dice.chance(options.leaderRate)) this.#hunt(node);
      },
    };
  }

  #crashSoon(node: ObservedNode, withinMs: number): void {
    this.#world.scheduler.after(this.#dice.uniform(0, withinMs), () => {
      const machine = this.#world.machineOf(node.key);
      if (machine?.node !== node) return;
      this.#nemesis.crashBriefly(machine, this.#dice.exponential(SHORT_DOWN_MS_MEAN));
    });
  }

  /** The new leader goes before it has done much: crashed, or cut off in one or both directions. */
  #hunt(node: ObservedNode): void {
    const electionTimeoutMs = this.#world.options.raft.electionTimeoutMs ?? 600;
    const delayMs = this.#dice.exponential(electionTimeoutMs * this.#dice.pick([0.05, 0.5, 2]));
    if (this.#dice.chance(0.5)) this.#slowDown(node);
    if (this.#dice.chance(0.4)) this.#crashSoon(node, delayMs);
    else {
      this.#world.scheduler.after(delayMs, () => {
        const direction = this.#dice.pick(["both", "both", "in", "out", "out"] as const);
        this.#nemesis.cutOff([node.label], direction, this.#electionsMs());
      });
    }
  }

  /** Its own clock lets it believe that it still leads when others have elected another. */
  #slowDown(node: ObservedNode): void {
    this.#world.counters.add("clock drift");
    this.#world.machineOf(node.key)?.clock.setRate(0.4);
  }

  /** New voters here, old voters there; those who are both on either side. */
  #splitMajorities(joint: Configuration, leader: ObservedNode): void {
    const side = joint.voters.filter(
      (key) => !joint.outgoing.includes(key) || this.#dice.chance(0.5),
    );
    const delayMs = this.#dice.exponential(this.#dice.pick([1, 10, 30, 100]));
    this.#world.scheduler.after(delayMs, () => {
      this.#nemesis.cutOff(this.#labelsOf(side), "both", this.#electionsMs());
    });
    if (this.#dice.chance(0.3)) this.#crashSoon(leader, delayMs * 2);
  }

  /** Long enough for others to elect a leader. */
  #electionsMs(): number {
    return (this.#world.options.raft.electionTimeoutMs ?? 600) * this.#dice.uniform(1, 6);
  }

  #labelsOf(keys: readonly MemberKey[]): number[] {
    return keys.flatMap((key) => {
      const machine = this.#world.machineOf(key);
      return machine === undefined ? [] : [machine.label];
    });
  }
}
