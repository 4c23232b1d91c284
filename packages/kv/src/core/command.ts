/**
 * What clients ask of the replicated state. One applied command is one revision, with possibly
 * many events. Keys are 1 to KEY_BYTES_MAX bytes, values up to VALUE_BYTES_MAX bytes.
 */
export type Command =
  | Put
  | Delete
  | DeleteRange
  | Batch
  | Transaction
  | GetAndSet
  | CompareAndSet
  | SetNode
  | OpenSession
  | SetMembershipPolicy;

export const KEY_BYTES_MAX = 4096;
export const VALUE_BYTES_MAX: number = 1024 * 1024;
/** Operations in one batch or transaction, both branches and all conditions counted. */
export const OPERATIONS_MAX = 1024;
/** Keys and values of one command together; also of the previous values that it answers with. */
export const COMMAND_BYTES_MAX: number = 4 * 1024 * 1024;
/** Labels that set-node can record. */
export const NODES_MAX = 10_000;
/** UTF-8 bytes of the address in a set-node. */
export const ADDRESS_BYTES_MAX = 1024;

export interface Put {
  readonly kind: "put";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface Delete {
  readonly kind: "delete";
  readonly key: Uint8Array;
}

/** Deletes [from, to); an undefined `to` goes to the end of the key space. */
export interface DeleteRange {
  readonly kind: "delete-range";
  readonly from: Uint8Array;
  readonly to: Uint8Array | undefined;
}

/** All or nothing, in order, as one revision. */
export interface Batch {
  readonly kind: "batch";
  readonly operations: readonly Operation[];
}

export type Operation = Put | Delete;

export interface Transaction {
  readonly kind: "transaction";
  /** All must hold for `then`, else `otherwise` runs. An empty list holds. */
  readonly conditions: readonly Condition[];
  readonly then: readonly Operation[];
  readonly otherwise: readonly Operation[];
  /** Answer with what the touched keys held before. */
  readonly returnPrevious: boolean;
}

/** Values are compared as unsigned bytes. A missing key fails every comparison but `not-equal`. */
export type Condition =
  | { readonly kind: "exists"; readonly key: Uint8Array }
  | { readonly kind: "not-exists"; readonly key: Uint8Array }
  | {
      readonly kind: "equal" | "not-equal" | "greater" | "less" | "greater-equal" | "less-equal";
      readonly key: Uint8Array;
      readonly value: Uint8Array;
    };

/** Sets a value and answers with the previous record. */
export interface GetAndSet {
  readonly kind: "get-and-set";
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Sets the value if the key's `version` is as expected; 0 expects the key to be missing. */
export interface CompareAndSet {
  readonly kind: "compare-and-set";
  readonly key: Uint8Array;
  readonly expectedVersion: number;
  readonly value: Uint8Array;
}

/** Records where the node with a label can be reached, before it is a member (seed 4's AddNode). */
export interface SetNode {
  readonly kind: "set-node";
  readonly label: number;
  readonly address: string;
}

/** Opens a client session; its id is the revision of this command. */
export interface OpenSession {
  readonly kind: "open-session";
}

/** Says what automatic membership may do. Labels are positive safe integers. */
export interface SetMembershipPolicy {
  readonly kind: "set-membership-policy";
  /** Undefined leaves it as it is. */
  readonly automatic: boolean | undefined;
  /** Labels that automation leaves alone from now on; at most OPERATIONS_MAX. */
  readonly pause: readonly number[];
  /** Labels that it may act on again; at most OPERATIONS_MAX, none that `pause` names. */
  readonly readmit: readonly number[];
}

/** Makes a retried write exactly-once (Raft thesis §6.3). */
export interface SessionTag {
  readonly session: number;
  /** Rises by one per write of the session, from 1. */
  readonly sequence: number;
  /** Answers below it are no longer asked for and may be forgotten. */
  readonly lowestUnanswered: number;
}

/** What a log entry carries. */
export interface CommandEnvelope {
  readonly session: SessionTag | undefined;
  /** Wall time of the leader that appended it, ms since the epoch; applying never lets it go back. */
  readonly leaderTimeMs: number;
  readonly command: Command;
}
