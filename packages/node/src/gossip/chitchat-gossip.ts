import { CaucusError } from "@caucus/base";
import type {
  Chitchat,
  ChitchatStats,
  IdSnapshot,
  ReadonlyNodeState,
  StateSnapshot,
} from "@caucus/chitchat";
import { chitchatIdKey, formatSocketAddress } from "@caucus/chitchat";
import type { GossipMember, GossipService } from "../gossip-service.ts";
import {
  advertisedCluster,
  isReservedKey,
  RESERVED_PREFIX,
  readAdvertisement,
  SERVICE_KEY,
  serviceText,
} from "./advertisement.ts";
import type { ServiceInfo } from "./service-info.ts";

/** The gossip of this node, over the chitchat library. */
export class ChitchatGossip implements GossipService {
  readonly #chitchat: Chitchat;
  #service: ServiceInfo;

  constructor(chitchat: Chitchat, service: ServiceInfo) {
    this.#chitchat = chitchat;
    this.#service = service;
  }

  get clusterId(): string {
    return this.#chitchat.clusterId;
  }

  get self(): IdSnapshot {
    return idOf(this.#chitchat);
  }

  liveNodes(): readonly IdSnapshot[] {
    return this.#chitchat.liveNodes().map((id) => idOf({ id }));
  }

  deadNodes(): readonly IdSnapshot[] {
    return this.#chitchat.deadNodes().map((id) => idOf({ id }));
  }

  snapshot(): StateSnapshot {
    return this.#chitchat.snapshot();
  }

  members(): readonly GossipMember[] {
    const latest = new Map<string, ReadonlyNodeState>();
    // Ascending by name, then generation: the last one of a name is its latest life.
    for (const state of this.#chitchat.nodeStates()) latest.set(state.id.nodeId, state);
    const own = this.#ownState();
    if (own !== undefined) latest.set(own.id.nodeId, own);
    const live = new Set(this.#chitchat.liveNodes().map(chitchatIdKey));
    return [...latest.values()].map((state) => ({
      id: idOf(state),
      self: state === own,
      live: live.has(chitchatIdKey(state.id)),
      left: state.hasLeft,
      ...readAdvertisement((key) => state.get(key)),
    }));
  }

  get(key: string): string | undefined {
    return this.#chitchat.get(key);
  }

  set(key: string, value: string): void {
    refuseReserved(key);
    this.#chitchat.set(key, value);
  }

  delete(key: string): boolean {
    refuseReserved(key);
    if (this.#chitchat.get(key) === undefined) return false;
    return this.#chitchat.delete(key);
  }

  stats(): ChitchatStats {
    return this.#chitchat.stats();
  }

  service(): ServiceInfo {
    return this.#service;
  }

  updateService(service: ServiceInfo): void {
    this.#chitchat.set(SERVICE_KEY, serviceText(service));
    this.#service = service;
  }

  /** This node belongs to a Raft cluster now. */
  joinedCluster(cluster: string): void {
    for (const [key, value] of Object.entries(advertisedCluster(cluster))) {
      this.#chitchat.set(key, value);
    }
  }

  #ownState(): ReadonlyNodeState | undefined {
    const own = chitchatIdKey(this.#chitchat.id);
    return this.#chitchat.nodeStates().find(({ id }) => chitchatIdKey(id) === own);
  }
}

function idOf({ id }: Pick<Chitchat, "id">): IdSnapshot {
  return {
    node_id: id.nodeId,
    generation_id: id.generationId,
    gossip_advertise_addr: formatSocketAddress(id.gossipAdvertiseAddress),
  };
}

function refuseReserved(key: string): void {
  if (!isReservedKey(key)) return;
  throw new CaucusError(
    "invalid_argument",
    `key ${JSON.stringify(key.slice(0, 60))} belongs to the node itself; allowed are others than ` +
      `${SERVICE_KEY} (see /update_service) and those that begin with ${RESERVED_PREFIX}`,
  );
}
