import type { Configuration, MemberKey } from "@caucus/raft";
import { readPromise } from "./checkers/exclusive-promise.ts";
import type { NodesChecker } from "./checkers/nodes-checker.ts";
import type { NodeMachine } from "./node-machine.ts";
import type { NodesWorld } from "./nodes-world.ts";

interface Founding {
  readonly founder: MemberKey;
  readonly voters: readonly MemberKey[];
}

/** What an operator has asked for is in force or refused by then, in ms. */
const INTENTION_MS = 30_000;

/**
 * Keeps the nemesis from what nobody survives: the majority of a cluster destroyed for good, or so
 * many members wiped that those who could found a cluster know of none.
 */
export class FoundingGuard {
  readonly #world: NodesWorld;
  /** Voters that operators have asked for and that may still come into force. */
  readonly #intended = new Set<readonly MemberKey[]>();
  readonly #foundings: Founding[] = [];

  constructor(world: NodesWorld) {
    this.#world = world;
  }

  /** Sees new clusters come. */
  get observer(): NodesChecker {
    return {
      founding: ({ key }, _onDisk, { voters }) => {
        this.#foundings.push({ founder: key, voters });
      },
    };
  }

  /** Whether this directory may be lost now. */
  maySpare(machine: NodeMachine): boolean {
    const { key } = machine;
    return this.#leavesLog(key) && this.#leavesMajorities(key) && this.#leavesWitnesses(machine);
  }

  /** An operator asks for these voters. False when a majority of them is gone already. */
  intend(voters: readonly MemberKey[]): boolean {
    if (!this.#isMajorityWhole(voters, undefined)) return false;
    this.#intended.add(voters);
    this.#world.scheduler.after(INTENTION_MS, () => this.#intended.delete(voters));
    return true;
  }

  /** The first entry of a cluster is not lost before others have it. */
  #leavesLog(lost: MemberKey): boolean {
    return !this.#foundings.some(
      (founding) => founding.founder === lost && this.#isYoung(founding),
    );
  }

  /** In every configuration that may be in force anywhere, a majority of the directories is whole. */
  #leavesMajorities(lost: MemberKey): boolean {
    const configured = this.#configurations().flatMap(({ outgoing, voters }) => [voters, outgoing]);
    const voters = [...configured, ...this.#promised(), ...this.#intended];
    return voters.every((keys) => this.#isMajorityWhole(keys, lost));
  }

  #isMajorityWhole(keys: readonly MemberKey[], lost: MemberKey | undefined): boolean {
    const whole = keys.filter((key) => key !== lost && this.#isWhole(key));
    return keys.length === 0 || whole.length * 2 > keys.length;
  }

  /** Whoever could found a cluster together still has a member of the one that exists among them. */
  #leavesWitnesses(wiped: NodeMachine): boolean {
    const isMember = (label: number): boolean => {
      const machine = this.#world.machines[label - 1];
      if (machine === undefined || machine === wiped) return false;
      return machine.state !== "gone" && machine.directory.identity.cluster !== undefined;
    };
    const { plans } = this.#world.options;
    const strangers = plans.filter(({ label }) => !isMember(label)).length;
    return plans.every(({ bootstrapExpect, join, label }) =>
      bootstrapExpect === undefined
        ? (join.length === 0 ? plans.map((plan) => plan.label) : [label, ...join]).some(isMember)
        : strangers < bootstrapExpect,
    );
  }

  /** Its directory is the present one of a machine that may come back. */
  #isWhole(key: MemberKey): boolean {
    const machine = this.#world.machineOf(key);
    return machine !== undefined && machine.state !== "gone" && machine.state !== "refused";
  }

  /** Of all members, running or not, as far as they know; an unfinished change counts. */
  #configurations(): readonly Configuration[] {
    return this.#world.machines.flatMap(({ lastConfiguration }) => lastConfiguration ?? []);
  }

  /** Only a minority of its voters may have its first entry. */
  #isYoung({ voters }: Founding): boolean {
    const heard = voters.filter(
      (key) => (this.#world.machineOf(key)?.lastConfiguration?.voters.length ?? 0) > 0,
    );
    return heard.length * 2 <= voters.length;
  }

  /** The voters of clusters that some node has promised itself to, or that few have heard of. */
  #promised(): readonly (readonly MemberKey[])[] {
    const { machines } = this.#world;
    const promised = machines.flatMap(({ directory }) => {
      const promise = readPromise(directory.identity.promise);
      return promise === undefined ? [] : [promise.members.map(({ key }) => key)];
    });
    const young = this.#foundings.filter((founding) => this.#isYoung(founding));
    return [...promised, ...young.map(({ voters }) => voters)];
  }
}
