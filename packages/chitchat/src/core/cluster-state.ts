// Every node this one knows of, itself included, under limits of number and size: identities come
// from datagrams, and anybody can send those.
import { DIGEST_ENTRY_BYTES, DIGEST_HEADER_BYTES, encodeId } from "../wire/digest-codec.ts";
import type { ChitchatConfig } from "./chitchat-config.ts";
import { type ChitchatId, chitchatIdKey, compareChitchatIds } from "./chitchat-id.ts";
import type { KeyValueUpdate, NodeDelta } from "./delta.ts";
import { type ApplyOutcome, heldBytes, NodeState } from "./node-state.ts";
import {
  mergeUpdate,
  type NodeStateUpdate,
  type NodeStateUpdateOutcome,
} from "./node-state-update.ts";

export type ClusterLimits = Pick<
  ChitchatConfig,
  | "digestBytesMax"
  | "nodeStateBytesMax"
  | "clusterStateBytesMax"
  | "forgottenNodesMax"
  | "maxIntervalMs"
>;

/** Names above it are not taken in: such a node would fill datagrams with its id alone. */
export const NODE_ID_BYTES_MAX = 1_024;
/** Generation, IPv6 address and port, and the length of the name. */
const ID_OVERHEAD_BYTES = 2 + 8 + 17 + 2;

export interface KnownNode {
  readonly key: string;
  readonly encodedId: Uint8Array;
  readonly state: NodeState;
}

export type HeartbeatOutcome =
  | "ignored" // not above what is known
  | "learned" // the first one, or the first after a reset: says nothing about when it was sent
  | "arrived" // above what was known: a sign of life
  | "refused"; // no room for another node

export class ClusterState {
  readonly #limits: ClusterLimits;
  readonly #nodes = new Map<string, KnownNode>();
  /**
   * Known since when, but never seen live. Those that had time enough for it make room for others,
   * oldest first; sooner, two nodes that compete for one place would throw each other out for ever.
   */
  readonly #unproven = new Map<string, number>();
  /** Last heartbeats of forgotten nodes, least recently forgotten first. */
  readonly #forgotten = new Map<string, bigint>();
  #sorted: readonly KnownNode[] | undefined;
  #digestBytes = DIGEST_HEADER_BYTES;
  #stateBytes = 0;
  #selfKey: string;

  constructor(self: ChitchatId, limits: ClusterLimits) {
    this.#limits = limits;
    this.#selfKey = chitchatIdKey(self);
    this.#add(this.#selfKey, self);
  }

  get selfKey(): string {
    return this.#selfKey;
  }

  get self(): NodeState {
    return (this.#nodes.get(this.#selfKey) as KnownNode).state;
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Length of a digest of all known nodes. */
  get digestBytes(): number {
    return this.#digestBytes;
  }

  get(key: string): NodeState | undefined {
    return this.#nodes.get(key)?.state;
  }

  encodedIdOf(key: string): Uint8Array | undefined {
    return this.#nodes.get(key)?.encodedId;
  }

  /** In ascending order of ids. */
  nodes(): readonly KnownNode[] {
    this.#sorted ??= [...this.#nodes.values()].sort((a, b) =>
      compareChitchatIds(a.state.id, b.state.id),
    );
    return this.#sorted;
  }

  /** This node goes on under another id, with an empty state; the old id is unknown from now on. */
  renameSelf(id: ChitchatId): NodeState {
    this.remove(this.#selfKey);
    this.#selfKey = chitchatIdKey(id);
    // A peer may have told of that id before.
    this.remove(this.#selfKey);
    return this.#add(this.#selfKey, id);
  }

  /** A digest says that the heartbeat of `id` is `heartbeat`. Not for the own id. */
  reportHeartbeat(key: string, id: ChitchatId, heartbeat: bigint, nowMs: number): HeartbeatOutcome {
    let state = this.#nodes.get(key)?.state;
    if (state === undefined) {
      const remembered = this.#forgotten.get(key);
      if (remembered !== undefined && heartbeat <= remembered) return "ignored";
      state = this.#admit(key, id, nowMs);
      if (state === undefined) return "refused";
      this.#forgotten.delete(key);
    }
    if (heartbeat <= state.heartbeat) return "ignored";
    const isFirst = state.heartbeat === 0n;
    state.heartbeat = heartbeat;
    return isFirst ? "learned" : "arrived";
  }

  /** Undefined when the node is unknown; only a digest makes one known. */
  apply(key: string, delta: NodeDelta, nowMs: number): ApplyOutcome | undefined {
    const state = this.#nodes.get(key)?.state;
    if (state === undefined) return undefined;
    return this.#accounted(state, (others) =>
      state.apply(delta, nowMs, (bytes) => this.#hasRoom(state, others, bytes)),
    );
  }

  /** Takes the whole state of another node over; answers what of it is news. */
  replace(
    key: string,
    update: NodeStateUpdate,
    nowMs: number,
  ): readonly KeyValueUpdate[] | Exclude<NodeStateUpdateOutcome, "applied"> {
    if (key === this.#selfKey) return "own";
    if (this.#forgotten.has(key)) return "forgotten";
    const known = this.#nodes.get(key);
    const encodedId = known?.encodedId ?? encodeId(update.id);
    const merged = mergeUpdate(
      known?.state ?? new NodeState(update.id),
      update,
      encodedId.length,
      nowMs,
    );
    if (merged === undefined) return "not-newer";
    const state = known?.state ?? this.#admit(key, update.id, nowMs);
    if (state === undefined) return "no-room";
    const bytes = merged.entries.reduce(
      (sum, [name, { value }]) => sum + heldBytes(name, value),
      0,
    );
    return this.#accounted(state, (others) => {
      if (!this.#hasRoom(state, others, bytes - state.bytes)) return "no-room";
      state.replaceAll(merged.entries, update.lastGcVersion);
      return merged.changes;
    });
  }

  /** Whether the own state may grow by `bytes`. */
  hasRoomForOwn(bytes: number): boolean {
    return this.#hasRoom(this.self, this.#stateBytes - this.self.bytes, bytes);
  }

  /** Runs a change of the own state. */
  changeSelf<T>(change: (self: NodeState) => T): T {
    const self = this.self;
    return this.#accounted(self, () => change(self));
  }

  /** Drops tombstones of every node, each after `graceMs` on the local clock. */
  collectMarked(nowMs: number, graceMs: number): void {
    for (const { state } of this.#nodes.values()) {
      this.#accounted(state, () => state.collect(nowMs, graceMs));
    }
  }

  markProven(key: string): void {
    this.#unproven.delete(key);
  }

  /** Drops the node, but remembers its last heartbeat so that echoes do not bring it back. */
  forget(key: string): NodeState | undefined {
    const state = this.remove(key);
    if (state === undefined) return undefined;
    this.#forgotten.delete(key);
    this.#forgotten.set(key, state.heartbeat);
    if (this.#forgotten.size > this.#limits.forgottenNodesMax) {
      this.#forgotten.delete(this.#forgotten.keys().next().value as string);
    }
    return state;
  }

  remove(key: string): NodeState | undefined {
    const node = this.#nodes.get(key);
    if (node === undefined) return undefined;
    this.#nodes.delete(key);
    this.#unproven.delete(key);
    this.#sorted = undefined;
    this.#digestBytes -= node.encodedId.length + DIGEST_ENTRY_BYTES;
    this.#stateBytes -= node.state.bytes;
    return node.state;
  }

  /** Told of every node that had to make room. */
  onEvicted: (key: string) => void = () => {};

  #admit(key: string, id: ChitchatId, nowMs: number): NodeState | undefined {
    const encodedId = encodeId(id);
    if (encodedId.length > NODE_ID_BYTES_MAX + ID_OVERHEAD_BYTES) return undefined;
    const needed = encodedId.length + DIGEST_ENTRY_BYTES;
    for (const [victim, sinceMs] of this.#unproven) {
      if (this.#digestBytes + needed <= this.#limits.digestBytesMax) break;
      if (nowMs - sinceMs <= this.#limits.maxIntervalMs) break;
      this.remove(victim);
      this.onEvicted(victim);
    }
    if (this.#digestBytes + needed > this.#limits.digestBytesMax) return undefined;
    this.#unproven.set(key, nowMs);
    return this.#add(key, id, encodedId);
  }

  #add(key: string, id: ChitchatId, encodedId: Uint8Array = encodeId(id)): NodeState {
    const state = new NodeState(id);
    this.#nodes.set(key, { key, encodedId, state });
    this.#sorted = undefined;
    this.#digestBytes += encodedId.length + DIGEST_ENTRY_BYTES;
    return state;
  }

  #hasRoom(state: NodeState, others: number, bytes: number): boolean {
    const { nodeStateBytesMax, clusterStateBytesMax } = this.#limits;
    const grown = state.bytes + bytes;
    return bytes <= 0 || (grown <= nodeStateBytesMax && others + grown <= clusterStateBytesMax);
  }

  #accounted<T>(state: NodeState, change: (others: number) => T): T {
    const others = this.#stateBytes - state.bytes;
    const result = change(others);
    this.#stateBytes = others + state.bytes;
    return result;
  }
}
