import type { ChitchatStats, IdSnapshot, StateSnapshot } from "@caucus/chitchat";
import type { ServiceInfo } from "./gossip/service-info.ts";

/** One node of the gossip cluster, of whatever program, as this node sees it. */
export interface GossipMember {
  /** Name, generation and gossip address. */
  readonly id: IdSnapshot;
  readonly self: boolean;
  readonly live: boolean;
  /** It said itself that it stops. */
  readonly left: boolean;
  /** What it tells of itself; undefined where it does not, as nodes of other programs. */
  readonly service: ServiceInfo | undefined;
  readonly apiAddress: string | undefined;
  readonly version: string | undefined;
  /** Only nodes that take part in Raft have the following. */
  readonly label: number | undefined;
  readonly key: string | undefined;
  readonly rpcAddress: string | undefined;
  /** The Raft cluster that it says it belongs to. */
  readonly cluster: string | undefined;
}

/**
 * What gossip offers to the edges. Keys are those of this node: every node writes its own and sees
 * all. Methods that can fail throw CaucusError `invalid_argument` or `overloaded`.
 */
export interface GossipService {
  /** Nodes that name another cluster are not talked to. */
  readonly clusterId: string;
  readonly self: IdSnapshot;
  /** This node first. A node counts as dead until its heartbeat was seen to grow. */
  liveNodes(): readonly IdSnapshot[];
  deadNodes(): readonly IdSnapshot[];
  /** Everything known, in the JSON shape of the Rust library; `stringifySnapshot` makes text of it. */
  snapshot(): StateSnapshot;
  /** The latest generation of each node, this one and dead ones included, ordered by name. */
  members(): readonly GossipMember[];

  /** The visible value of an own key. */
  get(key: string): string | undefined;
  /** Keys that the node itself uses are refused. */
  set(key: string, value: string): void;
  /** Invisible at once, on the others with the next rounds. False when there is no such key. */
  delete(key: string): boolean;

  /** Counted since the start. */
  stats(): ChitchatStats;

  service(): ServiceInfo;
  updateService(service: ServiceInfo): void;
}
