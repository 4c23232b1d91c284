import type { LogIndex, MemberKey, Term } from "./identity.ts";

/** What the cluster knows of a member beside its key. */
export interface Member {
  readonly key: MemberKey;
  /** The number of `--id`: unique among the members, a positive safe integer. */
  readonly label: number;
  /** `host:port` of gRPC. */
  readonly rpcAddress: string;
  /** `host:port` of HTTP. */
  readonly apiAddress: string;
}

/**
 * Who counts. Immutable. While `outgoing` is not empty the configuration is *joint*
 * (Raft §6): every decision needs a majority of `voters` and one of `outgoing`.
 */
export interface Configuration {
  readonly voters: readonly MemberKey[];
  /** The old voters while joint, else empty. */
  readonly outgoing: readonly MemberKey[];
  /** Replicated to, never counted. Disjoint from `voters` and `outgoing`. */
  readonly learners: readonly MemberKey[];
  /** Outgoing voters that become learners when the joint phase ends. Subset of `outgoing`. */
  readonly learnersNext: readonly MemberKey[];
  /** One per key that is named above, in ascending order of label. */
  readonly members: readonly Member[];
  /** Keys that were members once: never added again (bounded by {@link REMOVED_KEYS_MAX}). */
  readonly removed: readonly MemberKey[];
}

/** 16 bytes each in every configuration entry: 64 KiB at most. At the limit changes are refused. */
export const REMOVED_KEYS_MAX = 4096;

/** Most members that a configuration names, both voter sets and learners together. */
export const MEMBERS_MAX = 64;

export const EMPTY_CONFIGURATION: Configuration = {
  voters: [],
  outgoing: [],
  learners: [],
  learnersNext: [],
  members: [],
  removed: [],
};

/** The state that a snapshot or a compacted log stands for. */
export interface SnapshotMeta {
  /** The last entry that the state includes. */
  readonly index: LogIndex;
  readonly term: Term;
  /** The latest configuration at or before `index`. */
  readonly configuration: Configuration;
  /** Index of the entry that set `configuration`. */
  readonly configurationIndex: LogIndex;
}

export function isJoint(configuration: Configuration): boolean {
  return configuration.outgoing.length > 0;
}

export function isVoter(configuration: Configuration, key: MemberKey): boolean {
  return configuration.voters.includes(key) || configuration.outgoing.includes(key);
}

export function isLearner(configuration: Configuration, key: MemberKey): boolean {
  return configuration.learners.includes(key);
}

export function memberOf(configuration: Configuration, key: MemberKey): Member | undefined {
  return configuration.members.find((member) => member.key === key);
}

export function memberWithLabel(configuration: Configuration, label: number): Member | undefined {
  return configuration.members.find((member) => member.label === label);
}
