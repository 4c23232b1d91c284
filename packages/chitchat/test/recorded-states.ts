// States in the JSON of the protocol, as the recorded scenarios hold them.
import type { ChitchatId } from "../src/core/chitchat-id.ts";
import type { KeyStatus } from "../src/core/delta.ts";
import { NodeState } from "../src/core/node-state.ts";
import {
  formatSocketAddress,
  parseSocketAddress,
  type SocketAddress,
} from "../src/core/socket-address.ts";

export interface JsonId {
  readonly node_id: string;
  readonly generation_id: number;
  readonly gossip_advertise_addr: string;
}

export interface JsonState {
  readonly chitchat_id: JsonId;
  readonly heartbeat: number;
  readonly key_values: Readonly<
    Record<string, { readonly value: string; readonly version: number; readonly status: string }>
  >;
  readonly max_version: number;
  readonly last_gc_version: number;
}

const STATUSES: Readonly<Record<string, KeyStatus>> = {
  Set: "set",
  Delete: "delete",
  DeleteAfterTtl: "delete-after-ttl",
};

export function idFromJson(json: JsonId): ChitchatId {
  return {
    nodeId: json.node_id,
    generationId: BigInt(json.generation_id),
    gossipAdvertiseAddress: parseSocketAddress(json.gossip_advertise_addr) as SocketAddress,
  };
}

/** Fills `state`, or a new one. */
export function stateFromJson(
  json: JsonState,
  state: NodeState = new NodeState(idFromJson(json.chitchat_id)),
): NodeState {
  const entries = Object.entries(json.key_values).sort(([, a], [, b]) => a.version - b.version);
  for (const [key, { value, version, status }] of entries) {
    const known = STATUSES[status] as KeyStatus;
    state.put(key, { value, version: BigInt(version), status: known, sinceMs: 0 });
  }
  state.heartbeat = BigInt(json.heartbeat);
  state.maxVersion = BigInt(json.max_version);
  state.lastGcVersion = BigInt(json.last_gc_version);
  return state;
}

export function stateToJson(state: NodeState): JsonState {
  const { nodeId, generationId, gossipAdvertiseAddress } = state.id;
  const names = new Map(Object.entries(STATUSES).map(([name, status]) => [status, name]));
  const keyValues = [...state.entries()].map(([key, { value, version, status }]) => [
    key,
    { value, version: Number(version), status: names.get(status) as string },
  ]);
  return {
    chitchat_id: {
      node_id: nodeId,
      generation_id: Number(generationId),
      gossip_advertise_addr: formatSocketAddress(gossipAdvertiseAddress),
    },
    heartbeat: Number(state.heartbeat),
    key_values: Object.fromEntries(keyValues),
    max_version: Number(state.maxVersion),
    last_gc_version: Number(state.lastGcVersion),
  };
}
