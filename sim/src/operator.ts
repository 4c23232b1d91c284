/** What operators do to a running cluster: membership changes, transfers, replacements. */
import type {
  ChangeOutcome,
  Configuration,
  Member,
  MemberKey,
  MembershipChange,
} from "@caucus/raft";
import type { Dice } from "./dice.ts";
import type { Machine } from "./machine.ts";
import type { QuorumGuard } from "./quorum-guard.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

/** Roles after a change, by machine or by key. */
interface Plan {
  readonly voters: Member[];
  readonly learners: Member[];
}

export class Operator {
  readonly #world: World;
  readonly #dice: Dice;
  readonly #guard: QuorumGuard;

  constructor(world: World, dice: Dice, guard: QuorumGuard) {
    this.#world = world;
    this.#dice = dice;
    this.#guard = guard;
  }

  /** The process that leads in the highest term, as far as one can see. */
  leader(): SimulatedNode | undefined {
    let best: SimulatedNode | undefined;
    for (const { node } of this.#world.machines) {
      if (node?.status.role !== "leader") continue;
      if (best === undefined || node.status.term > best.status.term) best = node;
    }
    return best;
  }

  changeMembership(): void {
    const leader = this.leader();
    leader?.enter(() => this.#change(leader));
  }

  transferLeadership(): void {
    const leader = this.leader();
    if (leader === undefined) return;
    const { voters } = leader.status.configuration;
    const target = this.#dice.chance(0.3) ? undefined : this.#dice.pick(voters);
    leader.enter(() => {
      leader.driver.transferLeadership(target, (outcome) => {
        if (outcome.kind === "transferred") this.#world.counters.add("leadership transfer");
        this.#world.trace.record("outcome", leader.label, 0, outcome.kind.length, outcome.kind);
      });
    });
  }

  #change(leader: SimulatedNode): void {
    const { configuration: before, index } = leader.driver.view().configuration;
    const plan = this.#choosePlan(before, leader.key);
    if (plan === undefined || !this.#guard.hasQuorum(plan.voters.map(({ key }) => key))) return;
    const change: MembershipChange = {
      voters: plan.voters.map(({ key }) => key),
      learners: plan.learners.map(({ key }) => key),
      members: [...plan.voters, ...plan.learners],
      ...(this.#dice.chance(0.5) ? { expectedConfigurationIndex: index } : {}),
    };
    const deadlineMs = leader.machine.clock.monotonicMs() + 3000;
    leader.driver.changeMembership(change, deadlineMs, (outcome) => {
      this.#noteOutcome(leader, before, outcome);
    });
  }

  #choosePlan(current: Configuration, leader: MemberKey): Plan | undefined {
    const plan: Plan = {
      voters: membersOf(current, current.voters),
      learners: membersOf(current, current.learners),
    };
    const revenant = this.#revenant(current);
    if (revenant !== undefined && this.#dice.chance(0.3)) {
      return { voters: plan.voters, learners: [...plan.learners, revenant] };
    }
    const stale = current.members.find((member) => !this.#isThere(member.key));
    if (stale !== undefined && this.#dice.chance(0.7)) return this.#replace(plan, stale);
    const spare = this.#machineOutside(current);
    switch (this.#dice.integer(7)) {
      case 0:
        if (spare !== undefined) plan.learners.push(spare.member);
        return plan;
      case 1:
        return this.#move(plan.learners, plan.voters, plan);
      case 2:
        return plan.voters.length > 1 ? this.#move(plan.voters, plan.learners, plan) : undefined;
      case 3:
        return this.#remove(plan, this.#dice.pick(current.members).key);
      case 4:
        return this.#remove(plan, leader);
      default:
        return this.#shuffle(current);
    }
  }

  /** The new key of the machine takes the place that its old key had. */
  #replace(plan: Plan, stale: Member): Plan {
    const successor = this.#world.machines[stale.label - 1]?.member as Member;
    const swap = (members: readonly Member[]): Member[] =>
      members.flatMap((member) => {
        if (member.key !== stale.key) return member.key === successor.key ? [] : [member];
        return [successor];
      });
    const isVoter = plan.voters.some(({ key }) => key === stale.key);
    if (isVoter)
      return { voters: swap(plan.voters), learners: without(plan.learners, successor.key) };
    const isKnown = plan.voters.some(({ key }) => key === successor.key);
    if (isKnown) return { voters: plan.voters, learners: without(plan.learners, stale.key) };
    return { voters: plan.voters, learners: swap(plan.learners) };
  }

  #move(from: Member[], to: Member[], plan: Plan): Plan | undefined {
    const moved = this.#dice.sample(from, 1)[0];
    if (moved === undefined) return undefined;
    from.splice(from.indexOf(moved), 1);
    to.push(moved);
    return plan;
  }

  #remove(plan: Plan, key: MemberKey): Plan | undefined {
    const voters = without(plan.voters, key);
    return voters.length === 0 ? undefined : { voters, learners: without(plan.learners, key) };
  }

  /** Any set to any set. */
  #shuffle(current: Configuration): Plan {
    const usable = this.#world.machines.filter(
      ({ key, state }) => state !== "refused" && !current.removed.includes(key),
    );
    const members = usable.map(({ member }) => member);
    const voters = this.#dice.sample(members, this.#dice.between(1, members.length));
    const rest = members.filter((member) => !voters.includes(member));
    return { voters, learners: this.#dice.sample(rest, this.#dice.integer(rest.length + 1)) };
  }

  #machineOutside(current: Configuration): Machine | undefined {
    const outside = this.#world.machines.filter(
      ({ key, label, state }) =>
        state === "up" &&
        !current.removed.includes(key) &&
        !current.members.some((member) => member.key === key || member.label === label),
    );
    return outside.length === 0 ? undefined : this.#dice.pick(outside);
  }

  /** A member that was removed and still runs: the cluster must not take it back. */
  #revenant(current: Configuration): Member | undefined {
    const machine = this.#world.machines.find(
      ({ key, label }) =>
        current.removed.includes(key) && !current.members.some((member) => member.label === label),
    );
    return machine?.member;
  }

  #isThere(key: MemberKey): boolean {
    const machine = this.#world.machineOf(key);
    return machine !== undefined && machine.state !== "refused";
  }

  #noteOutcome(leader: SimulatedNode, before: Configuration, outcome: ChangeOutcome): void {
    const { trace, counters } = this.#world;
    trace.record("outcome", leader.label, 1, outcome.kind.length, outcome.kind);
    if (outcome.kind !== "changed") return;
    const after = outcome.configuration;
    counters.add("membership change");
    const learned = after.learners.filter((key) => !before.members.some((m) => m.key === key));
    counters.add("learner added", learned.length);
    const promoted = after.voters.filter((key) => before.learners.includes(key));
    counters.add("promotion", promoted.length);
    const demoted = after.learners.filter((key) => before.voters.includes(key));
    counters.add("demotion", demoted.length);
    if (!after.members.some(({ key }) => key === leader.key)) counters.add("leader removed");
    const replaced = after.members.filter((member) =>
      before.members.some(
        (old) =>
          old.label === member.label &&
          old.key !== member.key &&
          !after.members.some((kept) => kept.key === old.key),
      ),
    );
    counters.add("replacement", replaced.length);
  }
}

function membersOf(configuration: Configuration, keys: readonly MemberKey[]): Member[] {
  return configuration.members.filter(({ key }) => keys.includes(key));
}

function without(members: readonly Member[], key: MemberKey): Member[] {
  return members.filter((member) => member.key !== key);
}
