import {
  arrayField,
  booleanField,
  choiceField,
  fieldOf,
  numberField,
  optionalNumberField,
  textField,
} from "./json.ts";

const STATES = ["waiting", "running", "poisoned", "stopping"] as const;
const ROLES = ["follower", "pre-candidate", "candidate", "leader", "learner"] as const;

/** A member as one node sees it. */
export interface MemberView {
  /** The number of `--id`. */
  readonly id: number;
  /** `host:port` of HTTP. */
  readonly apiAddress: string;
  /** `host:port` of gRPC. */
  readonly rpcAddress: string;
  readonly role: "voter" | "learner";
  readonly isLeader: boolean;
  /** The last log entry that it has; known to the leader only. */
  readonly matchIndex: number | undefined;
}

/** The node that answered. */
export interface NodeView {
  readonly id: number;
  readonly apiAddress: string;
  readonly rpcAddress: string;
  readonly version: string;
  readonly storage: "rocksdb" | "memory";
  readonly state: "waiting" | "running" | "poisoned" | "stopping";
  readonly role: "follower" | "pre-candidate" | "candidate" | "leader" | "learner";
}

/** What automatic membership may do. */
export interface MembershipPolicy {
  readonly automatic: boolean;
  /** Ids that it leaves alone, because an operator has changed or removed them. */
  readonly paused: readonly number[];
}

export interface MembershipDecision {
  /** When, in ISO 8601. */
  readonly time: string;
  readonly decision: string;
  readonly reason: string;
}

/** What one node knows of its cluster. */
export interface ClusterView {
  /** Undefined before the node belongs to a cluster. */
  readonly clusterId: string | undefined;
  readonly node: NodeView;
  readonly term: number;
  /** The id of the leader; undefined while none is known. */
  readonly leader: number | undefined;
  readonly members: readonly MemberView[];
  readonly policy: MembershipPolicy;
  /** What automatic membership has done, newest last; of the leader all of it. */
  readonly decisions: readonly MembershipDecision[];
  /** A membership change is in progress. */
  readonly joint: boolean;
  readonly commitIndex: number;
  readonly appliedIndex: number;
  readonly lastLogIndex: number;
  readonly compactedIndex: number;
  readonly revision: number;
}

/** Reads the answer of `GET /api/cluster`; throws CaucusError `internal` when it has another shape. */
export function clusterViewOf(body: unknown): ClusterView {
  const node = fieldOf(body, "node");
  const leader = fieldOf(body, "leader");
  const clusterId = fieldOf(body, "cluster_id");
  return {
    clusterId: typeof clusterId === "string" ? clusterId : undefined,
    node: {
      id: numberField(node, "id"),
      apiAddress: textField(node, "api_addr"),
      rpcAddress: textField(node, "rpc_addr"),
      version: textField(node, "version"),
      storage: choiceField(node, "storage", ["rocksdb", "memory"]),
      state: choiceField(node, "state", STATES),
      role: choiceField(node, "role", ROLES),
    },
    term: numberField(body, "term"),
    leader: leader === null ? undefined : numberField(leader, "id"),
    members: arrayField(body, "members").map(memberViewOf),
    policy: membershipPolicyOf(fieldOf(body, "policy")),
    decisions: arrayField(body, "decisions").map((decision) => ({
      time: textField(decision, "time"),
      decision: textField(decision, "decision"),
      reason: textField(decision, "reason"),
    })),
    joint: booleanField(body, "joint"),
    commitIndex: numberField(body, "commit_index"),
    appliedIndex: numberField(body, "applied_index"),
    lastLogIndex: numberField(body, "last_log_index"),
    compactedIndex: numberField(body, "compacted_index"),
    revision: numberField(body, "revision"),
  };
}

/** Reads `policy`, or the answer of a change of it. */
export function membershipPolicyOf(body: unknown): MembershipPolicy {
  return {
    automatic: booleanField(body, "automatic"),
    paused: arrayField(body, "paused").filter((id) => typeof id === "number"),
  };
}

function memberViewOf(member: unknown): MemberView {
  return {
    id: numberField(member, "id"),
    apiAddress: textField(member, "api_addr"),
    rpcAddress: textField(member, "rpc_addr"),
    role: choiceField(member, "role", ["voter", "learner"]),
    isLeader: booleanField(member, "is_leader"),
    matchIndex: optionalNumberField(member, "match_index"),
  };
}
