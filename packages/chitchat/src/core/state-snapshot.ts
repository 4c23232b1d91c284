// The state of a cluster as one node sees it, in the JSON shape that the Rust library serves.
import { type ChitchatId, compareChitchatIds } from "./chitchat-id.ts";
import type { KeyStatus } from "./delta.ts";
import type { ReadonlyNodeState } from "./node-state.ts";
import { formatSocketAddress } from "./socket-address.ts";
import { compareUtf8 } from "./text-order.ts";

export interface IdSnapshot {
  readonly node_id: string;
  readonly generation_id: bigint;
  readonly gossip_advertise_addr: string;
}

export interface NodeStateSnapshot {
  readonly chitchat_id: IdSnapshot;
  readonly heartbeat: bigint;
  /** Tombstones are listed too. */
  readonly key_values: Readonly<
    Record<string, { readonly value: string; readonly version: bigint; readonly status: string }>
  >;
  readonly max_version: bigint;
  readonly last_gc_version: bigint;
}

/** Plain data; {@link stringifySnapshot} makes JSON of it, which JSON.stringify can't: bigints. */
export interface StateSnapshot {
  readonly cluster_id: string;
  readonly cluster_state: {
    readonly node_states: readonly NodeStateSnapshot[];
    readonly seed_addrs: readonly string[];
  };
  /** This node first. */
  readonly live_nodes: readonly IdSnapshot[];
  readonly dead_nodes: readonly IdSnapshot[];
}

const STATUS_NAMES: Readonly<Record<KeyStatus, string>> = {
  set: "Set",
  delete: "Delete",
  "delete-after-ttl": "DeleteAfterTtl",
};

export function snapshotId(id: ChitchatId): IdSnapshot {
  return {
    node_id: id.nodeId,
    generation_id: id.generationId,
    gossip_advertise_addr: formatSocketAddress(id.gossipAdvertiseAddress),
  };
}

export function snapshotNodes(states: readonly ReadonlyNodeState[]): NodeStateSnapshot[] {
  const sorted = states.toSorted((a, b) => compareChitchatIds(a.id, b.id));
  return sorted.map((state) => {
    const entries = [...state.entries()].sort(([a], [b]) => compareUtf8(a, b));
    const keyValues = entries.map(([key, { value, version, status }]) => {
      return [key, { value, version, status: STATUS_NAMES[status] }] as const;
    });
    return {
      chitchat_id: snapshotId(state.id),
      heartbeat: state.heartbeat,
      key_values: Object.fromEntries(keyValues),
      max_version: state.maxVersion,
      last_gc_version: state.lastGcVersion,
    };
  });
}

/**
 * JSON with u64 values as exact numbers and keys in the order of their bytes, which plain objects
 * do not keep for keys like "10". `indent` is the number of spaces; 0 makes one line.
 */
export function stringifySnapshot(snapshot: StateSnapshot, indent = 0): string {
  return stringify(snapshot, indent, "");
}

function stringify(value: unknown, indent: number, margin: string, isSorted = false): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = margin + " ".repeat(indent);
  const separator = indent === 0 ? "," : `,\n${inner}`;
  const wrap = (items: readonly string[], open: string, close: string): string => {
    if (items.length === 0) return open + close;
    const [start, end] = indent === 0 ? ["", ""] : [`\n${inner}`, `\n${margin}`];
    return `${open}${start}${items.join(separator)}${end}${close}`;
  };
  if (Array.isArray(value)) {
    return wrap(
      value.map((item) => stringify(item, indent, inner)),
      "[",
      "]",
    );
  }
  const entries = Object.entries(value);
  if (isSorted) entries.sort(([a], [b]) => compareUtf8(a, b));
  const colon = indent === 0 ? ":" : ": ";
  return wrap(
    entries.map(([key, item]) => {
      const text = stringify(item, indent, inner, key === "key_values" && !isSorted);
      return JSON.stringify(key) + colon + text;
    }),
    "{",
    "}",
  );
}
