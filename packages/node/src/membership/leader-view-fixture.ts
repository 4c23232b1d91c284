/** Views of a leader, for the tests of those who judge by them. */
import { EMPTY_CONFIGURATION, type Member, type MemberKey } from "@caucus/raft";
import type { LeaderView, PeerView } from "./leader-view.ts";

export const CLUSTER: string = "c".repeat(32);

export function memberWith(digit: string, label: number): Member {
  return { key: digit.repeat(32), label, rpcAddress: `h${label}:1`, apiAddress: `h${label}:2` };
}

type Five = readonly [Member, Member, Member, Member, Member];

export const FIVE_MEMBERS: Five = [
  memberWith("1", 1),
  memberWith("2", 2),
  memberWith("3", 3),
  memberWith("4", 4),
  memberWith("5", 5),
];

/** The view of the first voter as leader: everybody answers, has caught up, and learners ask. */
export function viewOf(
  voters: readonly Member[],
  learners: readonly Member[] = [],
  more: Partial<LeaderView> = {},
): LeaderView {
  const members = [...voters, ...learners];
  const self = voters[0]?.key ?? "";
  return {
    cluster: CLUSTER,
    self,
    configuration: {
      ...EMPTY_CONFIGURATION,
      voters: voters.map(({ key }) => key),
      learners: learners.map(({ key }) => key),
      members,
    },
    configurationIndex: 7,
    settled: true,
    votersSinceMs: 3_600_000,
    lastIndex: 100,
    peers: members.map(({ key }) => peerOf(key, key === self ? 0 : 10)),
    candidates: new Set(learners.map(({ key }) => key)),
    policy: { automatic: false, paused: [] },
    ...more,
  };
}

/** Nothing was heard of `silent` for so long: in Raft, and in gossip unless told otherwise. */
export function silenced(
  view: LeaderView,
  silent: Member,
  silentMs: number,
  gossipSilentMs: number = silentMs,
): LeaderView {
  return changed(view, silent, { silentMs, gossipSilentMs });
}

/** What the leader knows of one member. */
export function changed(view: LeaderView, member: Member, peer: Partial<PeerView>): LeaderView {
  const peers = view.peers.map((other) =>
    other.key === member.key ? { ...other, ...peer } : other,
  );
  return { ...view, peers };
}

function peerOf(key: MemberKey, silentMs: number): PeerView {
  return { key, matchIndex: 100, silentMs, gossipSilentMs: silentMs, replicating: true };
}
