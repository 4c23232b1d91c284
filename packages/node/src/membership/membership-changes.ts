import {
  type Configuration,
  type LogIndex,
  type Member,
  type MemberKey,
  type MembershipChange,
  memberOf,
} from "@caucus/raft";

/** For logs and messages: `node 2 at 127.0.0.1:10002 (key 1f…)`. */
export function describeMember(member: Member): string {
  return `node ${member.label} at ${member.rpcAddress} (key ${member.key.slice(0, 8)}…)`;
}

/** The configuration with `member` as one more learner. A learner of the same label leaves for it. */
export function addLearner(
  configuration: Configuration,
  expectedConfigurationIndex: LogIndex,
  member: Member,
): MembershipChange {
  const learners = configuration.learners.filter(
    (key) => memberOf(configuration, key)?.label !== member.label,
  );
  return changeTo(
    configuration,
    expectedConfigurationIndex,
    configuration.voters,
    [...learners, member.key],
    member,
  );
}

/** The same voters and learners, with other addresses for one of them. */
export function recordMember(
  configuration: Configuration,
  expectedConfigurationIndex: LogIndex,
  member: Member,
): MembershipChange {
  const { voters, learners } = configuration;
  return changeTo(configuration, expectedConfigurationIndex, voters, learners, member);
}

/** Makes learners voters and lets other voters leave, in one change. */
export function promote(
  configuration: Configuration,
  expectedConfigurationIndex: LogIndex,
  promoted: readonly MemberKey[],
  dropped: readonly MemberKey[],
): MembershipChange {
  return changeTo(
    configuration,
    expectedConfigurationIndex,
    [...configuration.voters.filter((key) => !dropped.includes(key)), ...promoted],
    configuration.learners.filter((key) => !promoted.includes(key)),
  );
}

function changeTo(
  configuration: Configuration,
  expectedConfigurationIndex: LogIndex,
  voters: readonly MemberKey[],
  learners: readonly MemberKey[],
  updated?: Member,
): MembershipChange {
  const named = new Set([...voters, ...learners]);
  const members = configuration.members.filter(
    (member) => named.has(member.key) && member.key !== updated?.key,
  );
  return {
    voters,
    learners,
    members: updated === undefined ? members : [...members, updated],
    expectedConfigurationIndex,
  };
}
