import type { Configuration, MemberKey, MembershipChange } from "@caucus/raft";
import type { Proposal } from "./nodes-checker.ts";

/** What a change does to the configuration in force. */
export interface Difference {
  readonly votersAdded: readonly MemberKey[];
  readonly votersDropped: readonly MemberKey[];
  readonly learnersAdded: readonly MemberKey[];
  readonly learnersDropped: readonly MemberKey[];
}

export function differenceOf(current: Configuration, next: MembershipChange): Difference {
  const without = (keys: readonly MemberKey[], others: readonly MemberKey[]): MemberKey[] =>
    keys.filter((key) => !others.includes(key));
  return {
    votersAdded: without(next.voters, current.voters),
    votersDropped: without(current.voters, next.voters),
    learnersAdded: without(without(next.learners, current.learners), current.voters),
    learnersDropped: without(without(current.learners, next.learners), next.voters),
  };
}

/** It was judged on another configuration than the one in force: the core refuses it. */
export function isStale({ change, configurationIndex }: Proposal): boolean {
  const { expectedConfigurationIndex: expected } = change;
  return expected !== undefined && expected !== configurationIndex;
}

export function labelIn({ members }: MembershipChange, key: MemberKey): number | undefined {
  return members.find((member) => member.key === key)?.label;
}
