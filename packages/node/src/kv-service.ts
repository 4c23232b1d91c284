import type {
  Command,
  CommandResult,
  KeyPage,
  KeyRecord,
  MembershipPolicy,
  SessionTag,
} from "@caucus/kv";
import type { Configuration, LogIndex, Member, MemberKey, Term } from "@caucus/raft";

/** `linearizable`: sees every write acknowledged before the call. `local`: whatever is applied here. */
export type Consistency = "linearizable" | "local";

export interface WriteOptions {
  /** Default 5,000; 1 to 60,000. After it the write fails as `timeout` with outcome `unknown`. */
  readonly timeoutMs?: number;
  /** Default true: a follower forwards to the leader. False: `not_leader` at once, `not_applied`. */
  readonly forward?: boolean;
  readonly session?: SessionTag;
}

export interface ReadOptions {
  /** Default `linearizable`. */
  readonly consistency?: Consistency;
  /** Default 5,000; 1 to 60,000. */
  readonly timeoutMs?: number;
}

export interface ListOptions extends ReadOptions {
  /** Only keys behind this one: the last of the page before. */
  readonly after?: Uint8Array;
}

export interface WriteResult {
  readonly result: CommandResult;
  /** Where the command stands in the log. */
  readonly index: LogIndex;
  readonly term: Term;
}

/** A voter set change: any set of labels to any other. Labels must be those of members or learners. */
export interface MembershipRequest {
  /** Labels of the voters after the change; never empty. */
  readonly voters: readonly number[];
  /** Voters that are dropped stay as learners instead of leaving. Default false. */
  readonly retainDropped?: boolean;
  /** Refused unless the configuration in force is this one. */
  readonly expectedConfigurationIndex?: LogIndex;
}

export interface LearnerRequest {
  readonly label: number;
  /** Where it is reached; default: the address recorded by `set-node`. */
  readonly address?: string;
  /** Answer only when the learner has caught up. Default true. */
  readonly wait?: boolean;
}

export interface RemovalRequest {
  readonly label: number;
  /** Refused unless the configuration in force is this one. */
  readonly expectedConfigurationIndex?: LogIndex;
}

/** Undefined fields stay as they are. */
export interface PolicyRequest {
  /** Whether nodes that gossip nominates are taken in, and the long dead replaced. */
  readonly automatic?: boolean;
  /** Labels that automation may act on again. */
  readonly readmit?: readonly number[];
}

/** What automation did, or why it could not, in words. */
export interface MembershipDecision {
  /** Wall time of this node, ms since the epoch. */
  readonly timeMs: number;
  readonly decision: string;
  readonly reason: string;
}

/** A node that gossip nominates and that is no member. */
export interface Nominee {
  readonly label: number;
  readonly key: string;
  readonly rpcAddress: string;
  /** A sentence. */
  readonly waitsFor: string;
}

export interface MembershipView {
  readonly policy: MembershipPolicy;
  /** Of this node, when it led: newest last, at most 32. */
  readonly decisions: readonly MembershipDecision[];
  readonly nominees: readonly Nominee[];
}

/** Sentences for a person. */
export interface Explanation {
  /** Who leads, or why nobody does. */
  readonly leader: readonly string[];
  /** Why each node that is no voter is none. */
  readonly voters: readonly string[];
  /** What would happen if this node went away now. */
  readonly departure: readonly string[];
}

export interface MembershipResult {
  readonly index: LogIndex;
  readonly term: Term;
  readonly configuration: Configuration;
}

export type NodeRole = "follower" | "pre-candidate" | "candidate" | "leader" | "learner";

export interface PeerStatus {
  readonly member: Member;
  readonly role: "voter" | "learner";
  readonly self: boolean;
  /** The following are known to the leader only. */
  readonly progress: "probe" | "replicate" | "snapshot" | undefined;
  readonly matchIndex: LogIndex | undefined;
  /** Milliseconds since the leader last heard of it. */
  readonly lastContactMs: number | undefined;
}

/** Everything that is known here without asking anybody. */
export interface NodeStatus {
  /** The number of `--id`; 0 for a node that takes part in gossip only. */
  readonly label: number;
  readonly key: MemberKey;
  /** Undefined before the node belongs to a cluster. */
  readonly cluster: string | undefined;
  readonly apiAddress: string;
  readonly rpcAddress: string;
  readonly version: string;
  readonly storage: "rocksdb" | "memory";
  /** `waiting`: belongs to no cluster yet. `gossip-only`: started without a label, has no Raft. */
  readonly state: "waiting" | "running" | "poisoned" | "stopping" | "gossip-only";
  readonly role: NodeRole;
  readonly term: Term;
  readonly leader: Member | undefined;
  readonly commitIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  readonly appliedTerm: Term;
  readonly lastLogIndex: LogIndex;
  readonly compactedIndex: LogIndex;
  readonly snapshot: { readonly index: LogIndex; readonly term: Term } | undefined;
  readonly configuration: Configuration;
  readonly configurationIndex: LogIndex;
  readonly peers: readonly PeerStatus[];
  readonly revision: number;
}

export interface Readiness {
  readonly ready: boolean;
  /**
   * Sentences for a person: why not, or what a node that is ready for gossip only does not do. Empty
   * when ready for everything.
   */
  readonly reasons: readonly string[];
}

/** A node that `set-node` recorded. */
export interface KnownNode {
  readonly label: number;
  readonly address: string;
}

/**
 * What a cluster member offers to its edges. Every method that can fail rejects with CaucusError;
 * failed writes carry `outcome`.
 */
export interface KvService {
  write(command: Command, options?: WriteOptions): Promise<WriteResult>;
  get(key: Uint8Array, options?: ReadOptions): Promise<KeyRecord | undefined>;
  /**
   * Records whose key starts with `prefix`, in byte order, at most `limit` (1 to 1,000) and 4 MiB;
   * `more` tells whether to ask again, with `after`.
   */
  list(prefix: Uint8Array, limit: number, options?: ListOptions): Promise<KeyPage>;
  /** Nodes recorded by `set-node`, by label; from the local state. */
  knownNodes(): readonly KnownNode[];

  /** Creates a cluster with this node as its only voter; refused once it belongs to one. */
  initialize(): Promise<void>;
  addLearner(request: LearnerRequest): Promise<MembershipResult>;
  changeMembership(request: MembershipRequest): Promise<MembershipResult>;
  /**
   * A voter or learner leaves, and its label stays out until it is readmitted. The leader may remove
   * itself.
   */
  removeMember(request: RemovalRequest): Promise<MembershipResult>;
  /** To a voter by label; undefined lets the leader choose. */
  transferLeadership(label: number | undefined): Promise<void>;
  /** Compacts the log up to the applied state now. */
  compact(): Promise<LogIndex>;
  /**
   * Forgets log entries up to `upTo`; default, and at most: what is applied and on disk here. Answers
   * with the index up to which entries are gone.
   */
  purgeLog(upTo?: LogIndex): Promise<LogIndex>;

  setMembershipPolicy(request: PolicyRequest): Promise<MembershipPolicy>;
  /** What this node knows now, without asking anybody; the leader knows all of it. */
  membership(): MembershipView;
  /** In words; the leader is asked when there is one. */
  explain(): Promise<Explanation>;

  status(): NodeStatus;
  readiness(): Readiness;
}
