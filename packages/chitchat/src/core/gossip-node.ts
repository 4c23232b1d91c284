// One node of the protocol without any I/O: datagrams, time and chance come in, datagrams and events
// go out. The driver decides when rounds happen and carries the bytes.
import { assertNever, ByteReader, ByteWriter, DecodeError, type Rng } from "@caucus/base";
import type { BlockCompression } from "../wire/compression.ts";
import { DeltaWriter } from "../wire/delta-codec.ts";
import { writeEncodedDigest } from "../wire/digest-codec.ts";
import { DATAGRAM_BYTES_MAX, HEADER_BYTES } from "../wire/limits.ts";
import {
  encodeAck,
  encodeBadCluster,
  encodeSyn,
  encodeSynAck,
  readMessage,
} from "../wire/message-codec.ts";
import type { ChitchatConfig } from "./chitchat-config.ts";
import { type ChitchatId, chitchatIdKey } from "./chitchat-id.ts";
import { ClusterState } from "./cluster-state.ts";
import { computeDelta } from "./compute-delta.ts";
import type { Delta, KeyValueUpdate } from "./delta.ts";
import type { Digest, NodeDigest } from "./digest.ts";
import { FailureDetector } from "./failure-detector.ts";
import { nextGeneration } from "./generation.ts";
import type { GossipEvent } from "./gossip-event.ts";
import { LEFT_KEY } from "./key-rules.ts";
import type { Message } from "./message.ts";
import type { NodeState } from "./node-state.ts";
import type { NodeStateUpdate, NodeStateUpdateOutcome } from "./node-state-update.ts";
import { OwnKeys } from "./own-keys.ts";
import { isSameAddress, type SocketAddress } from "./socket-address.ts";
import { selectTargets } from "./target-selection.ts";

export interface GossipNodeOptions {
  readonly id: ChitchatId;
  readonly clusterId: string;
  readonly config: ChitchatConfig;
  readonly compression: BlockCompression;
  readonly rng: Rng;
}

export type HandleOutcome =
  | { readonly kind: "reply"; readonly to: "syn" | "syn-ack"; readonly datagram: Uint8Array }
  | { readonly kind: "no-reply" }
  | { readonly kind: "wrong-cluster"; readonly datagram?: Uint8Array }
  | { readonly kind: "malformed"; readonly reason: string };

/** Events wait for the driver; more than this many are not kept, the oldest go. */
const EVENTS_MAX = 100_000;
/** The Rust library reserves one byte for the header of four, and nodes agree on what to offer. */
const ACCEPT_BYTES_MAX = DATAGRAM_BYTES_MAX - 1;
/** A stolen identity costs the cluster a dead node; this is how often it is worth it. */
const RAISE_INTERVAL_MS = 600_000;

export class GossipNode {
  readonly cluster: ClusterState;
  readonly detector: FailureDetector;
  readonly keys: OwnKeys;
  readonly #options: GossipNodeOptions;
  #events: GossipEvent[] = [];
  #liveVersions: ReadonlyMap<string, bigint> = new Map();
  #raisedMs: number | undefined;
  #nodesRefused = 0;

  constructor(options: GossipNodeOptions) {
    this.#options = options;
    const { config, id } = options;
    this.cluster = new ClusterState(id, config);
    this.cluster.onEvicted = (key) => this.detector.remove(key);
    this.detector = new FailureDetector(config);
    this.keys = new OwnKeys(this.cluster, config, (event) => this.#emit(event));
    this.cluster.self.heartbeat = 1n;
  }

  get id(): ChitchatId {
    return this.cluster.self.id;
  }

  /** Nodes that found no room, since the start. */
  get nodesRefused(): number {
    return this.#nodesRefused;
  }

  /** What happened since the last call. */
  takeEvents(): readonly GossipEvent[] {
    const events = this.#events;
    if (events.length > 0) this.#events = [];
    return events;
  }

  /** Ourselves first, then the others in no order. */
  liveNodes(): NodeState[] {
    return [this.cluster.self, ...this.#statesOf(this.detector.live())];
  }

  deadNodes(): NodeState[] {
    return this.#statesOf(this.detector.dead());
  }

  /** One received datagram. What cannot be read changes nothing. */
  handle(datagram: Uint8Array, nowMs: number): HandleOutcome {
    let message: Message;
    try {
      message = readMessage(new ByteReader(datagram), this.#options.compression);
    } catch (error) {
      if (error instanceof DecodeError) return { kind: "malformed", reason: error.message };
      throw error;
    }
    this.cluster.self.heartbeat++;
    switch (message.kind) {
      case "syn": {
        if (message.clusterId !== this.#options.clusterId) {
          return { kind: "wrong-cluster", datagram: encodeBadCluster() };
        }
        this.#report(message.digest, nowMs);
        const digest = this.#encodedDigest(nowMs);
        const delta = this.#deltaFor(message.digest, digest.length, nowMs);
        return { kind: "reply", to: "syn", datagram: encodeSynAck(digest, delta) };
      }
      case "syn-ack": {
        this.#report(message.digest, nowMs);
        this.#apply(message.delta, nowMs);
        const delta = this.#deltaFor(message.digest, 0, nowMs);
        return { kind: "reply", to: "syn-ack", datagram: encodeAck(delta) };
      }
      case "ack":
        this.#apply(message.delta, nowMs);
        return { kind: "no-reply" };
      case "bad-cluster":
        return { kind: "wrong-cluster" };
      default:
        return assertNever(message);
    }
  }

  /** First half of a round: whom to send {@link syn} to. `seeds` may contain the own address. */
  beginRound(seeds: readonly SocketAddress[], nowMs: number): SocketAddress[] {
    const own = this.id.gossipAdvertiseAddress;
    const others = this.cluster.nodes().filter(({ key }) => key !== this.cluster.selfKey);
    // An earlier generation of this node has the own address too.
    const withoutOwn = (addresses: readonly SocketAddress[]): SocketAddress[] =>
      addresses.filter((address) => !isSameAddress(address, own));
    const addressesOf = (states: readonly NodeState[]): SocketAddress[] =>
      withoutOwn(states.map((state) => state.id.gossipAdvertiseAddress));
    const targets = selectTargets(
      {
        peers: addressesOf(others.map(({ state }) => state)),
        live: addressesOf(this.#statesOf(this.detector.live())),
        dead: addressesOf(this.deadNodes()),
        seeds: withoutOwn(seeds),
      },
      this.#options.rng,
    );
    this.cluster.self.heartbeat++;
    this.cluster.collectMarked(nowMs, this.#options.config.markedForDeletionGraceMs);
    return targets;
  }

  /** The message that opens a handshake with anybody. */
  syn(nowMs: number): Uint8Array {
    return encodeSyn(this.#encodedDigest(nowMs), this.#options.clusterId);
  }

  /** Second half of a round, after the messages have left: who is alive, who is forgotten. */
  endRound(nowMs: number): void {
    for (const { key, state } of this.cluster.nodes()) {
      if (key !== this.cluster.selfKey) this.#evaluate(key, state, nowMs);
    }
    this.#noticeLiveNodes();
    for (const key of this.detector.collect(nowMs)) {
      const state = this.cluster.forget(key);
      if (state !== undefined) this.#emit({ kind: "node-forgotten", id: state.id });
    }
  }

  /**
   * Says that this node stops. The datagram tells a peer that is up to date at once; an ordinary
   * handshake tells the others.
   */
  leave(nowMs: number): Uint8Array {
    const { self } = this.cluster;
    const fromVersionExcluded = self.maxVersion;
    this.keys.set(LEFT_KEY, "1", nowMs);
    const { id, lastGcVersion } = self;
    const writer = new DeltaWriter(ACCEPT_BYTES_MAX, this.#options.compression);
    writer.tryAppend({ kind: "node", id, lastGcVersion, fromVersionExcluded });
    for (const keyValue of self.staleSince(fromVersionExcluded)) {
      writer.tryAppend({ kind: "key-value", ...keyValue });
    }
    return encodeAck(writer.finish());
  }

  /** Takes the whole state of another node over, unless it is not newer than what is known. */
  resetNodeState(update: NodeStateUpdate, nowMs: number): NodeStateUpdateOutcome {
    const key = chitchatIdKey(update.id);
    const outcome = this.cluster.replace(key, update, nowMs);
    if (typeof outcome === "string") return outcome;
    if (this.#noteChanges(key, update.id, outcome, nowMs)) this.#noticeLiveNodes();
    return "applied";
  }

  #report(digest: Digest, nowMs: number): void {
    for (const entry of digest) {
      const key = chitchatIdKey(entry.id);
      if (key === this.cluster.selfKey) {
        this.#checkEarlierLife(entry, digest, nowMs);
        continue;
      }
      const outcome = this.cluster.reportHeartbeat(key, entry.id, entry.heartbeat, nowMs);
      if (outcome === "arrived") this.detector.reportHeartbeat(key, nowMs);
      else if (outcome === "refused") this.#nodesRefused++;
    }
  }

  /** Nobody can know more about us than we do, unless we have been here before. */
  #checkEarlierLife(entry: NodeDigest, digest: Digest, nowMs: number): void {
    const { self } = this.cluster;
    if (entry.heartbeat <= self.heartbeat && entry.maxVersion <= self.maxVersion) return;
    if (this.#raisedMs !== undefined && nowMs - this.#raisedMs < RAISE_INTERVAL_MS) return;
    this.#raisedMs = nowMs;
    const previous = self.id;
    const known = [...digest.map(({ id }) => id), ...this.cluster.nodes().map((n) => n.state.id)];
    const id = { ...previous, generationId: nextGeneration(previous, known) };
    this.keys.moveTo(this.cluster.renameSelf(id), self);
    this.detector.remove(this.cluster.selfKey);
    this.#emit({ kind: "generation-raised", id, previous });
  }

  #apply(delta: Delta, nowMs: number): void {
    let hasNewsOfLeaving = false;
    for (const nodeDelta of delta) {
      const key = chitchatIdKey(nodeDelta.id);
      // G3: the own state changes by its owner only, whatever others have kept of it.
      if (key === this.cluster.selfKey) continue;
      const outcome = this.cluster.apply(key, nodeDelta, nowMs);
      if (outcome?.kind !== "applied") continue;
      const { id } = nodeDelta;
      if (outcome.isReset) this.#emit({ kind: "node-reset", id });
      if (this.#noteChanges(key, id, outcome.changes, nowMs)) hasNewsOfLeaving = true;
    }
    if (hasNewsOfLeaving) this.#noticeLiveNodes();
  }

  /** True when they say that a live node stops. */
  #noteChanges(
    key: string,
    id: ChitchatId,
    changes: readonly KeyValueUpdate[],
    nowMs: number,
  ): boolean {
    let hasNewsOfLeaving = false;
    for (const { key: changed, value, version, status } of changes) {
      if (status === "delete") continue;
      this.#emit({ kind: "key-changed", id, key: changed, value, version, status });
      if (changed === LEFT_KEY && this.detector.isLive(key)) {
        this.#evaluate(key, this.cluster.get(key) as NodeState, nowMs);
        hasNewsOfLeaving = true;
      }
    }
    return hasNewsOfLeaving;
  }

  #evaluate(key: string, state: NodeState, nowMs: number): void {
    const { hasLeft, id } = state;
    const change = this.detector.evaluate(key, nowMs, hasLeft);
    if (change === "same") return;
    if (change === "up") {
      this.cluster.markProven(key);
      this.#emit({ kind: "node-up", id });
    } else {
      this.#emit({ kind: "node-down", id, hasLeft });
    }
  }

  #noticeLiveNodes(): void {
    const versions = new Map<string, bigint>([
      [this.cluster.selfKey, this.cluster.self.maxVersion],
    ]);
    for (const key of this.detector.live()) {
      versions.set(key, this.cluster.get(key)?.maxVersion ?? 0n);
    }
    const previous = this.#liveVersions;
    const isSame =
      versions.size === previous.size &&
      [...versions].every(([key, version]) => previous.get(key) === version);
    if (isSame) return;
    this.#liveVersions = versions;
    this.#emit({ kind: "live-nodes-changed" });
  }

  #encodedDigest(nowMs: number): Uint8Array {
    const writer = new ByteWriter(this.cluster.digestBytes);
    const entries = this.cluster
      .nodes()
      .filter(({ key }) => !this.detector.isScheduledForDeletion(key, nowMs))
      .map(({ encodedId, state: { heartbeat, lastGcVersion, maxVersion } }) => ({
        encodedId,
        heartbeat,
        lastGcVersion,
        maxVersion,
      }));
    writeEncodedDigest(writer, entries);
    return writer.finish();
  }

  #deltaFor(digest: Digest, ownDigestBytes: number, nowMs: number): Uint8Array {
    const states = this.cluster
      .nodes()
      .filter(({ key }) => !this.detector.isScheduledForDeletion(key, nowMs))
      .map(({ state }) => state);
    const { config, compression, rng } = this.#options;
    const { allowNonAsciiKeys } = config;
    const acceptBytesMax = ACCEPT_BYTES_MAX - ownDigestBytes;
    const bytesMax = DATAGRAM_BYTES_MAX - HEADER_BYTES - ownDigestBytes;
    const request = { states, digest, acceptBytesMax, bytesMax, allowNonAsciiKeys };
    return computeDelta(request, compression, rng);
  }

  #statesOf(keys: Iterable<string>): NodeState[] {
    const states: NodeState[] = [];
    for (const key of keys) {
      const state = this.cluster.get(key);
      if (state !== undefined) states.push(state);
    }
    return states;
  }

  #emit(event: GossipEvent): void {
    if (this.#events.length >= EVENTS_MAX) this.#events.splice(0, EVENTS_MAX / 2);
    this.#events.push(event);
  }
}
