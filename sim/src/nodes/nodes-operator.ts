import type { Member } from "@caucus/raft";
import type { Dice } from "../dice.ts";
import type { FoundingGuard } from "./founding-guard.ts";
import type { NodeMachine } from "./node-machine.ts";
import type { NodeProcess } from "./node-process.ts";
import type { NodesWorld } from "./nodes-world.ts";

/** How often somebody who is to initialize a node tries it. */
const INIT_INTERVAL_MS = 500;
const VOTERS_MAX = 5;

/** People who change the membership by hand, through any node, and sometimes at a bad moment. */
export class NodesOperator {
  readonly #world: NodesWorld;
  readonly #dice: Dice;
  readonly #guard: FoundingGuard;
  #isOver = false;
  #changes = 0;

  constructor(world: NodesWorld, dice: Dice, guard: FoundingGuard) {
    this.#world = world;
    this.#dice = dice;
    this.#guard = guard;
  }

  /** Whether anybody has interfered: then the number of voters is their concern. */
  get hasInterfered(): boolean {
    return this.#changes > 0;
  }

  run(): void {
    const { faults, initLabel } = this.#world.options;
    if (initLabel !== undefined) this.#initialize(initLabel);
    if (faults.operatorMs > 0) this.#repeat(faults.operatorMs);
  }

  end(): void {
    this.#isOver = true;
  }

  #repeat(intervalMs: number): void {
    this.#world.scheduler.after(this.#dice.exponential(intervalMs), () => {
      if (this.#isOver) return;
      const process = this.#someMember();
      if (process !== undefined) this.#act(process);
      this.#repeat(intervalMs);
    });
  }

  /** Until it is in a cluster: the first try may meet a promise, or no node at all. */
  #initialize(label: number): void {
    this.#world.scheduler.after(this.#dice.exponential(INIT_INTERVAL_MS), () => {
      const machine = this.#world.machines[label - 1] as NodeMachine;
      if (machine.directory.identity.cluster !== undefined) return;
      const { process } = machine;
      process?.enter(() => {
        this.#attempt("init", process, process.member.service.initialize());
      });
      this.#initialize(label);
    });
  }

  #act(process: NodeProcess): void {
    const { service } = process.member;
    const dice = this.#dice;
    const { configuration } = process.status;
    const members = configuration.members.map(({ label }) => label);
    if (members.length === 0) return;
    const outsiders = this.#world.machines.filter(
      ({ label, state }) => state === "up" && !members.includes(label),
    );
    process.enter(() => {
      const choice = dice.next();
      if (choice < 0.35 && outsiders.length > 0) {
        const { address, label } = dice.pick(outsiders);
        this.#change(`add learner ${label}`, process, service.addLearner({ label, address }));
      } else if (choice < 0.8) {
        const voters = this.#someVoters(configuration.members);
        if (voters === undefined) return;
        const retainDropped = dice.chance(0.7);
        const request = { voters, retainDropped };
        this.#change(`voters ${voters}`, process, service.changeMembership(request));
      } else {
        this.#attempt("transfer", process, service.transferLeadership(undefined));
      }
    });
  }

  /** The labels of some members, of whom a majority is still there. */
  #someVoters(members: readonly Member[]): readonly number[] | undefined {
    const count = this.#dice.between(1, Math.min(VOTERS_MAX, members.length));
    const chosen = this.#dice.sample(members, count);
    if (!this.#guard.intend(chosen.map(({ key }) => key))) return undefined;
    return chosen.map(({ label }) => label);
  }

  #change(what: string, process: NodeProcess, work: Promise<unknown>): void {
    this.#changes++;
    this.#attempt(what, process, work);
  }

  #attempt(what: string, process: NodeProcess, work: Promise<unknown>): void {
    const { counters, trace } = this.#world;
    trace.record("call", process.label, what.length, 0, `operator: ${what}`);
    work.then(
      () => {
        if (what !== "init" && what !== "transfer") counters.add("change by an operator");
        trace.record("outcome", process.label, what.length, 1, `operator: ${what}: done`);
      },
      (thrown: unknown) => {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        trace.record("outcome", process.label, what.length, 0, `operator: ${what}: ${why}`);
      },
    );
  }

  #someMember(): NodeProcess | undefined {
    const members = this.#world.machines.flatMap(({ process }) =>
      process?.driver === undefined ? [] : [process],
    );
    return members.length === 0 ? undefined : this.#dice.pick(members);
  }
}
