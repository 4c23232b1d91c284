import { isVoter, type Member } from "@caucus/raft";
import type { Dice } from "../dice.ts";
import type { FoundingGuard } from "./founding-guard.ts";
import type { NodeMachine } from "./node-machine.ts";
import type { NodeProcess } from "./node-process.ts";
import type { NodesWorld } from "./nodes-world.ts";

/** How often somebody who is to initialize a node tries it. */
const INIT_INTERVAL_MS = 500;
const TIDY_INTERVAL_MS = 5_000;
const VOTERS_MAX = 5;

/** What operators are doing about one label. */
interface Attention {
  /** Requests that want it in, or may. */
  wanted: number;
  /** Rises with each of them, at its begin and at its end. */
  changes: number;
}

/** People who change the membership by hand, through any node, and sometimes at a bad moment. */
export class NodesOperator {
  readonly #world: NodesWorld;
  readonly #dice: Dice;
  readonly #guard: FoundingGuard;
  readonly #disturb: () => void;
  readonly #attention = new Map<number, Attention>();
  #isOver = false;

  /** `disturb` is called when somebody has asked for something. */
  constructor(world: NodesWorld, dice: Dice, guard: FoundingGuard, disturb: () => void) {
    this.#world = world;
    this.#dice = dice;
    this.#guard = guard;
    this.#disturb = disturb;
  }

  run(): void {
    const { faults, initLabel } = this.#world.options;
    if (initLabel !== undefined) this.#initialize(initLabel);
    if (faults.operatorMs > 0) this.#repeat(faults.operatorMs);
  }

  /**
   * Nobody interferes any more; in some runs everything that was removed is readmitted. Whom an operator
   * has tried to add, and could not, is added again: it waits for that.
   */
  end(): void {
    this.#isOver = true;
    const readmits = this.#dice.chance(0.5);
    this.#tidy(readmits);
  }

  #repeat(intervalMs: number): void {
    this.#world.scheduler.after(this.#dice.exponential(intervalMs), () => {
      if (this.#isOver) return;
      const process = this.#someMember();
      process?.enter(() => this.#act(process));
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

  #tidy(readmits: boolean): void {
    const leader = this.#leader();
    leader?.enter(() => {
      if (readmits) this.#readmit(leader);
      const { members, removed } = leader.status.configuration;
      for (const { address, label, process } of this.#world.machines) {
        const isForgotten =
          process?.identity.cluster === leader.identity.cluster &&
          !removed.includes(process?.key ?? "") &&
          members.every((member) => member.label !== label);
        if (isForgotten) this.#add(leader, { address, label });
      }
    });
    this.#world.scheduler.after(TIDY_INTERVAL_MS, () => this.#tidy(readmits));
  }

  #act(process: NodeProcess): void {
    const { service } = process.member;
    const { members } = process.status.configuration;
    if (members.length === 0) return;
    const choice = this.#dice.next();
    if (choice < 0.25) this.#addSomebody(process, members);
    else if (choice < 0.5) this.#changeVoters(process, members);
    else if (choice < 0.7) this.#remove(process, members);
    else if (choice < 0.8) this.#readmit(process);
    else if (choice < 0.9) {
      const automatic = this.#dice.chance(0.7);
      const work = service.setMembershipPolicy({ automatic });
      this.#attempt(`automatic ${automatic}`, process, work);
    } else this.#attempt("transfer", process, service.transferLeadership(undefined));
  }

  #addSomebody(process: NodeProcess, members: readonly Member[]): void {
    const outsiders = this.#world.machines.filter(
      (machine) => machine.state === "up" && members.every(({ label }) => label !== machine.label),
    );
    if (outsiders.length > 0) this.#add(process, this.#dice.pick(outsiders));
  }

  #add(process: NodeProcess, { address, label }: Pick<NodeMachine, "address" | "label">): void {
    const ended = this.#want([label]);
    const work = process.member.service.addLearner({ label, address });
    this.#attempt(`add learner ${label}`, process, work, ended, ended);
  }

  #changeVoters(process: NodeProcess, members: readonly Member[]): void {
    const labels = [...new Set(members.map(({ label }) => label))];
    const count = this.#dice.between(1, Math.min(VOTERS_MAX, labels.length));
    const voters = this.#dice.sample(labels, count);
    if (!this.#intend(process, voters)) return;
    const retainDropped = this.#dice.chance(0.7);
    const ended = this.#want(voters);
    const work = process.member.service.changeMembership({ voters, retainDropped });
    this.#attempt(`voters ${voters}`, process, work, ended, ended);
  }

  #remove(process: NodeProcess, members: readonly Member[]): void {
    const { label } = this.#dice.pick(members);
    const others = process.status.configuration.voters
      .flatMap((key) => members.find((member) => member.key === key)?.label ?? [])
      .filter((other) => other !== label);
    if (others.length === 0 || !this.#intend(process, others)) return;
    const { changes, wanted } = this.#attentionTo(label);
    const work = process.member.service.removeMember({ label });
    this.#attempt(`remove ${label}`, process, work, () => {
      const now = this.#attentionTo(label);
      // Who meanwhile wants it in may have had the last word.
      if (wanted === 0 && now.wanted === 0 && now.changes === changes) {
        this.#world.suite.removed(label, process.identity.cluster ?? "");
      }
    });
  }

  #readmit(process: NodeProcess): void {
    const { service } = process.member;
    const readmit = service.membership().policy.paused;
    if (readmit.length === 0) return;
    const ended = this.#want(readmit);
    this.#attempt("readmit", process, service.setMembershipPolicy({ readmit }), ended, ended);
  }

  /** These voters are asked for. False when a majority of their directories is gone. */
  #intend({ status }: NodeProcess, labels: readonly number[]): boolean {
    const { configuration } = status;
    const keys = labels.flatMap((label) => {
      const named = configuration.members.filter((member) => member.label === label);
      return (named.find(({ key }) => isVoter(configuration, key)) ?? named[0])?.key ?? [];
    });
    return this.#guard.intend(keys);
  }

  /** Somebody wants these labels in. Answers how that ends. */
  #want(labels: readonly number[]): () => void {
    for (const label of labels) {
      const attention = this.#attentionTo(label);
      attention.wanted++;
      attention.changes++;
      this.#attention.set(label, attention);
      this.#world.suite.readmitted(label);
    }
    return () => {
      for (const label of labels) {
        const attention = this.#attentionTo(label);
        attention.wanted--;
        attention.changes++;
      }
    };
  }

  #attentionTo(label: number): Attention {
    return this.#attention.get(label) ?? { wanted: 0, changes: 0 };
  }

  #attempt(
    what: string,
    process: NodeProcess,
    work: Promise<unknown>,
    done: () => void = () => {},
    failed: () => void = () => {},
  ): void {
    const { counters, trace } = this.#world;
    trace.record("call", process.label, what.length, 0, `operator: ${what}`);
    this.#disturb();
    work.then(
      () => {
        if (what !== "init") counters.add("operator obeyed");
        trace.record("outcome", process.label, what.length, 1, `operator: ${what}: done`);
        done();
      },
      (thrown: unknown) => {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        trace.record("outcome", process.label, what.length, 0, `operator: ${what}: ${why}`);
        failed();
      },
    );
  }

  #leader(): NodeProcess | undefined {
    const leading = this.#world.machines.find(({ process }) => process?.status.role === "leader");
    return leading?.process;
  }

  #someMember(): NodeProcess | undefined {
    const members = this.#world.machines.flatMap(({ process }) =>
      process?.driver === undefined ? [] : [process],
    );
    return members.length === 0 ? undefined : this.#dice.pick(members);
  }
}
