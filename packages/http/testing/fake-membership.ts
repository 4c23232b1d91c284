/** The membership side of the fake: changes are in force at once. */
import { CaucusError } from "@caucus/base";
import type { Configuration, KvService, Member, MembershipView } from "@caucus/node";

export interface FakeMembers {
  /** Addresses by label. */
  nodes: Map<number, string>;
  index: number;
  configuration: Configuration;
  configurationIndex: number;
  policy: MembershipView["policy"];
  /** Overlays what `membership` answers. */
  membership: Partial<MembershipView>;
}

export type FakeMembership = Pick<
  KvService,
  | "addLearner"
  | "changeMembership"
  | "removeMember"
  | "transferLeadership"
  | "setMembershipPolicy"
  | "membership"
  | "explain"
>;

export function fakeMembership(
  state: FakeMembers,
  requireCluster: (outcome?: "not_applied") => void,
): FakeMembership {
  return {
    async addLearner({ label, address }) {
      requireCluster("not_applied");
      return addLearner(state, label, address);
    },
    async changeMembership({ voters }) {
      requireCluster("not_applied");
      return changeMembership(state, voters);
    },
    async transferLeadership() {
      requireCluster("not_applied");
    },
    async removeMember({ label }) {
      requireCluster("not_applied");
      return removeMember(state, label);
    },
    async setMembershipPolicy({ automatic, readmit = [] }) {
      requireCluster("not_applied");
      const paused = state.policy.paused.filter((label) => !readmit.includes(label));
      state.policy = { automatic: automatic ?? state.policy.automatic, paused };
      return state.policy;
    },
    membership: () => ({ policy: state.policy, decisions: [], nominees: [], ...state.membership }),
    async explain() {
      requireCluster();
      return { leader: ["node 1 leads in term 1"], voters: [], departure: ["nobody else votes"] };
    },
  };
}

export function memberOfLabel(label: number, address: string): Member {
  return {
    key: label.toString(16).padStart(32, "0"),
    label,
    rpcAddress: address,
    apiAddress: address,
  };
}

type MembershipResult = Awaited<ReturnType<KvService["addLearner"]>>;

function addLearner(
  state: FakeMembers,
  label: number,
  address: string | undefined,
): MembershipResult {
  if (state.configuration.members.some((member) => member.label === label)) {
    return { index: state.configurationIndex, term: 1, configuration: state.configuration };
  }
  const where = address ?? state.nodes.get(label);
  if (where === undefined) {
    throw new CaucusError("invalid_argument", `the address of node ${label} is unknown`);
  }
  const member = memberOfLabel(label, where);
  return reconfigure(state, {
    ...state.configuration,
    learners: [...state.configuration.learners, member.key],
    members: [...state.configuration.members, member],
  });
}

function changeMembership(state: FakeMembers, labels: readonly number[]): MembershipResult {
  const { members } = state.configuration;
  const keys = labels.map((label) => {
    const member = members.find((candidate) => candidate.label === label);
    if (member === undefined) throw new CaucusError("conflict", `node ${label} is no member`);
    return member.key;
  });
  const learners = state.configuration.learners.filter((key) => !keys.includes(key));
  const kept = members.filter(({ key }) => keys.includes(key) || learners.includes(key));
  return reconfigure(state, { ...state.configuration, voters: keys, learners, members: kept });
}

function removeMember(state: FakeMembers, label: number): MembershipResult {
  const { learners, members, voters } = state.configuration;
  const removed = members.find((member) => member.label === label);
  if (removed === undefined) {
    throw new CaucusError("invalid_argument", `label ${label} is unknown`);
  }
  state.policy = { ...state.policy, paused: [...state.policy.paused, label] };
  const others = (keys: readonly string[]): string[] => keys.filter((key) => key !== removed.key);
  return reconfigure(state, {
    ...state.configuration,
    voters: others(voters),
    learners: others(learners),
    members: members.filter((member) => member !== removed),
    removed: [...state.configuration.removed, removed.key],
  });
}

function reconfigure(state: FakeMembers, configuration: Configuration): MembershipResult {
  state.index += 1;
  state.configuration = configuration;
  state.configurationIndex = state.index;
  return { index: state.index, term: 1, configuration };
}
