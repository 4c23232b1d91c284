import type { ClusterId, Configuration, LogIndex, MemberKey, MembershipChange } from "@caucus/raft";
import type { BootstrapPromise } from "@caucus/rpc";
import type { Identity } from "@caucus/storage";

/** A process, as far as checkers need to know it. */
export interface Who {
  readonly label: number;
  readonly key: MemberKey;
}

/** A change of the membership that a node proposes to itself, with the truth about its peers. */
export interface Proposal extends Who {
  readonly cluster: ClusterId;
  /** What automation gave as its reason; undefined: nobody did, so an operator asked for it. */
  readonly reason: string | undefined;
  readonly change: MembershipChange;
  /** In force on this node. */
  readonly configuration: Configuration;
  readonly configurationIndex: LogIndex;
  /** As far as this node knows, the configuration in force is committed. */
  readonly isSettled: boolean;
  /** Virtual ms since this leadership began, or since it changed the voters; Infinity in a new cluster. */
  readonly votersSinceMs: number;
  /** Virtual ms since a message of that key was last delivered here; Infinity when never. */
  silenceOf(key: MemberKey): number;
  /** In this node's view. */
  isLiveInGossip(key: MemberKey): boolean;
}

/**
 * One property of how nodes come to a cluster and of who is in it. Every method is optional and is
 * called as things happen; violations go to the function that the checker was made with.
 */
export interface NodesChecker {
  /** The identity on the disk of a node has changed. */
  bound?(who: Who, before: Identity, after: Identity): void;
  /** A node grants its promise; `onDisk` is its identity at that moment. */
  granted?(who: Who, onDisk: Identity, request: BootstrapPromise): void;
  /** A call by which the asker withdraws a promise has arrived. */
  withdrawn?(who: Who, asker: MemberKey, cluster: ClusterId): void;
  /** A node writes the first entry of a new cluster. */
  founding?(who: Who, onDisk: Identity, configuration: Configuration): void;
  /** Raft begins on a node. */
  began?(who: Who, cluster: ClusterId): void;
  proposing?(proposal: Proposal): void;
  /** Looked at again and again: the clusters of live nodes that gossip shows a node without one. */
  sees?(who: Who, clusters: readonly ClusterId[], nowMs: number): void;
  /** A node that belongs to none asks a cluster to take it in. */
  asksToJoin?(who: Who, cluster: ClusterId, nowMs: number): void;
  /** An operator's removal of a label is committed; automation leaves it out from now on. */
  removed?(label: number, cluster: ClusterId): void;
  /** An operator wants the label to be a member again. */
  readmitted?(label: number): void;
}
