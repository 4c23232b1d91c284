import type { NodeStatus } from "@caucus/node";
import { type Configuration, memberOf } from "@caucus/node";

/** Place of a log entry as seeds 3 and 4 write it. */
export interface SeedLogId {
  readonly term: number;
  readonly index: number;
}

export interface SeedMembership {
  readonly learners: readonly number[];
  /** One set of voters, or the new and the old while joint. */
  readonly configs: readonly (readonly number[])[];
  readonly all_members: readonly number[];
}

/** `GET /metrics` of seed 4, inside its `Ok`. */
export interface RaftKeyValueMetrics {
  readonly running_state: { readonly Ok: null } | { readonly Err: string };
  readonly id: number;
  readonly state: string;
  readonly current_term: number;
  readonly last_log_index: number;
  readonly last_applied: SeedLogId | null;
  readonly current_leader: number | null;
  readonly membership_config: {
    readonly log_id: { readonly index: number } | null;
    readonly membership: SeedMembership;
  };
  readonly snapshot: SeedLogId | null;
  /** How far each other member's log matches; on the leader only. */
  readonly leader_metrics: {
    readonly replication: Readonly<Record<string, { readonly matched: { index: number } | null }>>;
  } | null;
}

/** The seeds know no pre-candidates: to them it is a candidate. */
export function seedState(status: NodeStatus): string {
  if (status.state === "gossip-only") return "GossipOnly";
  if (status.state === "poisoned" || status.state === "stopping") return "Shutdown";
  switch (status.role) {
    case "leader":
      return "Leader";
    case "follower":
      return "Follower";
    case "learner":
      return "Learner";
    case "pre-candidate":
    case "candidate":
      return "Candidate";
  }
}

export function seedMembership(configuration: Configuration): SeedMembership {
  const labelsOf = (keys: readonly string[]): number[] =>
    keys.map((key) => memberOf(configuration, key)?.label ?? 0).sort((a, b) => a - b);
  const { voters, outgoing, learners } = configuration;
  return {
    learners: labelsOf(learners),
    configs: [voters, outgoing].filter((set) => set.length > 0).map(labelsOf),
    all_members: labelsOf([...new Set([...voters, ...outgoing])]),
  };
}

export function raftKeyValueMetrics(status: NodeStatus): RaftKeyValueMetrics {
  return {
    running_state: status.state === "poisoned" ? { Err: "storage failed" } : { Ok: null },
    id: status.label,
    state: seedState(status),
    current_term: status.term,
    last_log_index: status.lastLogIndex,
    last_applied:
      status.appliedIndex === 0 ? null : { term: status.appliedTerm, index: status.appliedIndex },
    current_leader: status.leader?.label ?? null,
    membership_config: {
      log_id: status.configurationIndex === 0 ? null : { index: status.configurationIndex },
      membership: seedMembership(status.configuration),
    },
    snapshot: status.snapshot ?? null,
    leader_metrics: status.role === "leader" ? { replication: replicationOf(status) } : null,
  };
}

function replicationOf(status: NodeStatus): Record<string, { matched: { index: number } | null }> {
  const others = status.peers.filter((peer) => !peer.self);
  return Object.fromEntries(
    others.map(({ member, matchIndex }) => [
      String(member.label),
      { matched: matchIndex === undefined ? null : { index: matchIndex } },
    ]),
  );
}

/** `GET /metrics` of seed 3. */
export function raftClusterMetrics(status: NodeStatus): object {
  const metrics = raftKeyValueMetrics(status);
  const { current_leader, current_term, last_applied, last_log_index, state } = metrics;
  return {
    node_id: status.label,
    current_leader,
    current_term,
    last_applied,
    last_log_index,
    state,
    membership: metrics.membership_config.membership,
  };
}

/**
 * `GET /metrics` at the root: the fields of seed 3 beside those of seed 4, and the latter again
 * under `Ok`, where seed 4's own clients look for them.
 */
export function rootMetrics(status: NodeStatus): object {
  const metrics = raftKeyValueMetrics(status);
  return { ...raftClusterMetrics(status), ...metrics, Ok: metrics };
}
