/**
 * The arithmetic of membership changes (Raft §6, joint consensus): from a configuration and a
 * wish to the next configuration, or to the rule that the wish breaks. Pure values only.
 */
import {
  type Configuration,
  isVoter,
  MEMBERS_MAX,
  type Member,
  memberOf,
  REMOVED_KEYS_MAX,
} from "../configuration.ts";
import { isIdentity, type MemberKey } from "../identity.ts";
import type { MembershipChange } from "./membership-change.ts";

export type PlannedChange =
  | { readonly kind: "planned"; readonly configuration: Configuration }
  | { readonly kind: "invalid"; readonly message: string };

/** The configuration to append for `change`: joint when the voters differ, else final at once. */
export function planChange(current: Configuration, change: MembershipChange): PlannedChange {
  const problem = firstProblem(current, change);
  if (problem !== undefined) return { kind: "invalid", message: problem };
  const outgoing = sameKeys(current.voters, change.voters) ? [] : current.voters;
  const known = new Map<MemberKey, Member>();
  for (const key of outgoing) known.set(key, memberOf(current, key) as Member);
  for (const member of change.members) known.set(member.key, member);
  const removed = [...current.removed];
  for (const key of current.learners) {
    if (!known.has(key)) removed.push(key);
  }
  return {
    kind: "planned",
    configuration: {
      voters: [...change.voters],
      outgoing: [...outgoing],
      learners: change.learners.filter((key) => !outgoing.includes(key)),
      learnersNext: change.learners.filter((key) => outgoing.includes(key)),
      members: byLabel([...known.values()]),
      removed,
    },
  };
}

/** The final configuration that ends a joint one. */
export function leaveJoint(joint: Configuration): Configuration {
  const learners = [...joint.learners, ...joint.learnersNext];
  const kept = new Set([...joint.voters, ...learners]);
  return {
    voters: joint.voters,
    outgoing: [],
    learners,
    learnersNext: [],
    members: joint.members.filter((member) => kept.has(member.key)),
    removed: [...joint.removed, ...joint.outgoing.filter((key) => !kept.has(key))],
  };
}

function firstProblem(current: Configuration, change: MembershipChange): string | undefined {
  const wanted = [...change.voters, ...change.learners];
  if (change.voters.length === 0) return "voters is empty, at least one is needed";
  const joint = new Set([...wanted, ...current.voters]).size;
  if (joint > MEMBERS_MAX) {
    return `${joint} members with the old voters, allowed are ${MEMBERS_MAX}`;
  }
  if (new Set(wanted).size !== wanted.length) {
    return "a key is named twice among voters and learners";
  }
  if (change.members.length !== wanted.length) {
    return `members names ${change.members.length} keys, voters and learners ${wanted.length}`;
  }
  for (const key of wanted) {
    const member = change.members.find((candidate) => candidate.key === key);
    if (member === undefined) return `members lacks key ${key}`;
    if (!isIdentity(key)) return `key is ${key}, allowed are 32 lowercase hex digits`;
    if (!Number.isSafeInteger(member.label) || member.label < 1) {
      return `label is ${member.label}, allowed are whole numbers from 1`;
    }
    if (current.removed.includes(key)) return `key ${key} was removed once and can't return`;
  }
  // Every current member may go with this change and the end of its joint phase.
  if (current.removed.length + current.members.length > REMOVED_KEYS_MAX) {
    return `${current.removed.length} keys were removed, the limit is ${REMOVED_KEYS_MAX}`;
  }
  return labelProblem(current, change);
}

/** A label is unique, but for a learner that stands by to replace the voter of its label. */
function labelProblem(current: Configuration, change: MembershipChange): string | undefined {
  const owners = new Map<number, MemberKey[]>();
  for (const member of change.members) {
    const keys = owners.get(member.label) ?? [];
    keys.push(member.key);
    owners.set(member.label, keys);
  }
  for (const [label, keys] of owners) {
    if (keys.length === 1) continue;
    const voters = keys.filter((key) => change.voters.includes(key));
    if (keys.length > 2 || voters.length !== 1 || !isVoter(current, voters[0] as MemberKey)) {
      return `label ${label} is given to ${keys.length} members`;
    }
  }
  return undefined;
}

function sameKeys(left: readonly MemberKey[], right: readonly MemberKey[]): boolean {
  return left.length === right.length && left.every((key) => right.includes(key));
}

function byLabel(members: Member[]): Member[] {
  return members.sort((left, right) => left.label - right.label || (left.key < right.key ? -1 : 1));
}
