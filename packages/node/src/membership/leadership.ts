import type { Clock } from "@caucus/base";
import type { MembershipPolicy } from "@caucus/kv";
import type { Configuration, LogIndex, MemberKey, RaftStatus } from "@caucus/raft";
import type { GossipMember } from "../gossip-service.ts";
import type { RaftMember } from "../raft-member.ts";
import type { Applicants } from "./applicants.ts";
import type { LeaderView } from "./leader-view.ts";

/** The entry that a cluster begins with: while it is in force nothing was ever changed. */
const FIRST_INDEX: LogIndex = 1;

/** Gossip may know a thousand nodes, of which a few are members. */
const READ_GOSSIP_EVERY_MS = 500;

export interface LeadershipParts {
  readonly self: MemberKey;
  readonly raft: RaftMember;
  readonly gossip: () => readonly GossipMember[];
  readonly policy: () => MembershipPolicy;
  readonly applicants: Pick<Applicants, "asking">;
  readonly clock: Clock;
}

/**
 * What one leadership sees as time passes. Its clock is the leader's own monotonic one and starts
 * anew with each leadership (N32): what went before nobody here can know, so that it counts as seen a
 * moment ago.
 */
export class Leadership {
  readonly #parts: LeadershipParts;
  #term = 0;
  #begunMs = 0;
  #voters = "";
  #votersSinceMs = 0;
  #gossipReadMs = Number.NEGATIVE_INFINITY;
  /** When gossip last showed a member alive. */
  readonly #gossipSeenMs = new Map<MemberKey, number>();

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
  }

  /** Looks around; to be called often. Undefined while this node does not lead. */
  look(): LeaderView | undefined {
    const { applicants, clock, raft, self } = this.#parts;
    const status = raft.status();
    if (status.role !== "leader") {
      this.#term = 0;
      return undefined;
    }
    const nowMs = clock.monotonicMs();
    this.#note(status, nowMs);
    const policy = this.#parts.policy();
    const { configuration, configurationIndex, lastIndex } = status;
    return {
      cluster: raft.cluster,
      self,
      configuration,
      configurationIndex,
      settled: status.hasCommittedInTerm && status.configurationCommitted && !status.transferring,
      votersSinceMs: nowMs - this.#votersSinceMs,
      lastIndex,
      peers: status.peers.map(({ key, lastContactMs, matchIndex, progress }) => ({
        key,
        matchIndex,
        silentMs: lastContactMs,
        gossipSilentMs: nowMs - (this.#gossipSeenMs.get(key) ?? this.#begunMs),
        replicating: progress === "replicate",
      })),
      candidates: candidatesOf(configuration, policy, applicants.asking()),
      policy,
    };
  }

  #note({ configuration, configurationIndex, term }: RaftStatus, nowMs: number): void {
    const voters = votersText(configuration);
    if (term !== this.#term) {
      this.#term = term;
      this.#begunMs = nowMs;
      this.#voters = voters;
      this.#votersSinceMs = configurationIndex === FIRST_INDEX ? Number.NEGATIVE_INFINITY : nowMs;
      this.#gossipSeenMs.clear();
      this.#gossipReadMs = Number.NEGATIVE_INFINITY;
    }
    if (voters !== this.#voters) {
      this.#voters = voters;
      this.#votersSinceMs = nowMs;
    }
    if (nowMs - this.#gossipReadMs < READ_GOSSIP_EVERY_MS) return;
    this.#gossipReadMs = nowMs;
    const members = new Set(configuration.members.map(({ key }) => key));
    for (const { key, live } of this.#parts.gossip()) {
      if (live && key !== undefined && members.has(key)) this.#gossipSeenMs.set(key, nowMs);
    }
  }
}

/**
 * The learners that may vote: all of them where membership is automatic, else those that were told to
 * join and ask. What is paused stays as it is; but a stand-in keeps a place that was granted.
 */
function candidatesOf(
  { learners, members, voters }: Configuration,
  policy: MembershipPolicy,
  asking: ReadonlyMap<MemberKey, boolean>,
): ReadonlySet<MemberKey> {
  const granted = new Set(
    members.filter(({ key }) => voters.includes(key)).map(({ label }) => label),
  );
  const candidates = members.filter(({ key, label }) => {
    if (!learners.includes(key)) return false;
    const isToldToJoin = asking.get(key) === false;
    if (!isToldToJoin && !policy.automatic) return false;
    return !policy.paused.includes(label) || granted.has(label);
  });
  return new Set(candidates.map(({ key }) => key));
}

function votersText({ outgoing, voters }: Configuration): string {
  return [[...voters].sort().join(), [...outgoing].sort().join()].join("|");
}
