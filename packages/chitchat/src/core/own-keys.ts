// The key-values of this node. Each effective change takes the next version.
import { CaucusError } from "@caucus/base";
import { DATAGRAM_BYTES_MAX, HEADER_BYTES } from "../wire/limits.ts";
import type { ChitchatConfig } from "./chitchat-config.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { KeyStatus } from "./delta.ts";
import type { GossipEvent } from "./gossip-event.ts";
import { checkKeyValue, keyValueBytesMax } from "./key-rules.ts";
import { heldBytes, type NodeState } from "./node-state.ts";

export class OwnKeys {
  readonly #cluster: ClusterState;
  readonly #config: ChitchatConfig;
  readonly #emit: (event: GossipEvent) => void;

  constructor(cluster: ClusterState, config: ChitchatConfig, emit: (event: GossipEvent) => void) {
    this.#cluster = cluster;
    this.#config = config;
    this.#emit = emit;
  }

  /** Bytes of key and value together; beyond it no datagram could carry them. */
  get bytesMax(): number {
    const idBytes = this.#cluster.encodedIdOf(this.#cluster.selfKey)?.length ?? 0;
    return keyValueBytesMax(idBytes, DATAGRAM_BYTES_MAX - HEADER_BYTES);
  }

  get(key: string): string | undefined {
    return this.#cluster.self.get(key);
  }

  /** Nothing happens when the key has that value. Throws CaucusError for what peers can't take. */
  set(key: string, value: string, nowMs: number): void {
    this.#write(key, value, "set", nowMs);
  }

  /** The key disappears everywhere, each node counting its own grace period. */
  setWithTtl(key: string, value: string, nowMs: number): void {
    this.#write(key, value, "delete-after-ttl", nowMs);
  }

  /** Invisible at once. False when there is no such key. */
  delete(key: string, nowMs: number): boolean {
    const held = this.#cluster.self.entry(key);
    if (held === undefined) return false;
    this.#put(key, "", "delete", nowMs);
    return true;
  }

  /** Visible until the grace period is over. False when there is no such key. */
  deleteAfterTtl(key: string, nowMs: number): boolean {
    const held = this.#cluster.self.entry(key);
    if (held === undefined || held.status === "delete") return false;
    this.#put(key, held.value, "delete-after-ttl", nowMs);
    return true;
  }

  /** After a change of generation: the visible keys begin a new count of versions. */
  moveTo(target: NodeState, source: NodeState): void {
    target.heartbeat = 1n;
    this.#cluster.changeSelf(() => {
      for (const [key, { value, status, sinceMs }] of source.entries()) {
        if (status === "delete") continue;
        target.put(key, { value, version: target.maxVersion + 1n, status, sinceMs });
      }
    });
  }

  #write(key: string, value: string, status: Exclude<KeyStatus, "delete">, nowMs: number): void {
    const { allowNonAsciiKeys } = this.#config;
    checkKeyValue(key, value, { bytesMax: this.bytesMax, allowNonAsciiKeys });
    const held = this.#cluster.self.entry(key);
    if (held !== undefined && held.status === status && held.value === value) return;
    const freed = held === undefined ? 0 : heldBytes(key, held.value);
    if (!this.#cluster.hasRoomForOwn(heldBytes(key, value) - freed)) {
      const { nodeStateBytesMax, clusterStateBytesMax } = this.#config;
      throw new CaucusError(
        "overloaded",
        `key ${JSON.stringify(key)}: the state is full, nodeStateBytesMax is ${nodeStateBytesMax} ` +
          `and clusterStateBytesMax is ${clusterStateBytesMax}`,
      );
    }
    const version = this.#put(key, value, status, nowMs);
    this.#emit({ kind: "key-changed", id: this.#cluster.self.id, key, value, version, status });
  }

  #put(key: string, value: string, status: KeyStatus, nowMs: number): bigint {
    return this.#cluster.changeSelf((self) => {
      const version = self.maxVersion + 1n;
      self.put(key, { value, version, status, sinceMs: nowMs });
      return version;
    });
  }
}
