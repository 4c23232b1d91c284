// A running node: carries the datagrams of a GossipNode, drives its rounds, and is what programs use.
import { assertNever } from "@caucus/base";
import type { ChitchatId } from "../core/chitchat-id.ts";
import type { GossipEvent } from "../core/gossip-event.ts";
import { GossipNode } from "../core/gossip-node.ts";
import type { ReadonlyNodeState } from "../core/node-state.ts";
import type { NodeStateUpdate, NodeStateUpdateOutcome } from "../core/node-state-update.ts";
import { formatSocketAddress, type SocketAddress } from "../core/socket-address.ts";
import {
  type StateSnapshot,
  snapshotId,
  snapshotNodes,
  stringifySnapshot,
} from "../core/state-snapshot.ts";
import { sample } from "../core/target-selection.ts";
import { zstd } from "../zstd.ts";
import {
  type ChitchatOptions,
  type ChitchatSetup,
  resolveChitchatOptions,
} from "./chitchat-options.ts";
import { type KeyListener, KeyListeners } from "./key-listeners.ts";
import { LatestValue } from "./latest-value.ts";
import type { DatagramPort } from "./ports.ts";
import { ReceiveBudget } from "./receive-budget.ts";

/** What happens to members, as opposed to keys. */
export type MembershipEvent = Exclude<GossipEvent, { kind: "key-changed" | "live-nodes-changed" }>;

/** Counted since the start. */
export interface ChitchatStats {
  readonly rounds: number;
  readonly datagramsSent: number;
  readonly bytesSent: number;
  /** Of the sent ones, those that the system did not take. */
  readonly datagramsUnsent: number;
  /** The longest datagram, in bytes. */
  readonly largestSent: number;
  readonly datagramsReceived: number;
  readonly bytesReceived: number;
  /** Received datagrams that were not looked at, as `receiveShareMax` was used up. */
  readonly datagramsDropped: number;
  /** Received datagrams that could not be read. */
  readonly malformed: number;
  readonly wrongCluster: number;
  /** Times that a new node found no room. */
  readonly nodesRefused: number;
}

const SEED_REFRESH_MS = 60_000;
/** Peers that are told directly that this node stops; they tell the others. */
const FAREWELLS_MAX = 32;
/** How long a last round waits for answers. */
const FAREWELL_TIMEOUT_MS = 500;
/** After so many missed rounds this process was asleep, and silence is no sign of death. */
const MISSED_ROUNDS_MAX = 3;

/** Starts a node. Rejects with CaucusError for bad options or an address that is taken. */
export async function createChitchat(options: ChitchatOptions): Promise<Chitchat> {
  const setup = resolveChitchatOptions(options);
  if (setup.seeds.hasNames) await setup.seeds.refresh();
  // Nothing arrives before the node exists: the handler is filled in in the same turn.
  let chitchat: Chitchat | undefined;
  const port = await setup.transport.open(setup.listen, (datagram, from) =>
    chitchat?.receive(datagram, from),
  );
  try {
    chitchat = new Chitchat(setup, port);
  } catch (error) {
    await port.close();
    throw error;
  }
  return chitchat;
}

/** Made by {@link createChitchat}. */
export class Chitchat {
  readonly #setup: ChitchatSetup;
  readonly #port: DatagramPort;
  readonly #node: GossipNode;
  readonly #keyListeners: KeyListeners;
  readonly #membershipListeners = new Set<(event: MembershipEvent) => void>();
  readonly #live: LatestValue<readonly ReadonlyNodeState[]>;
  readonly #counts = {
    rounds: 0,
    datagramsSent: 0,
    bytesSent: 0,
    largestSent: 0,
    datagramsReceived: 0,
    bytesReceived: 0,
    datagramsDropped: 0,
    malformed: 0,
    wrongCluster: 0,
  };
  readonly #budget: ReceiveBudget;
  #nextRoundMs: number;
  #cancelRound: () => void = () => {};
  #cancelRefresh: () => void = () => {};
  #isStopping = false;
  #farewellsDue = 0;
  #onFarewells: () => void = () => {};

  /** @internal */
  constructor(setup: ChitchatSetup, port: DatagramPort) {
    this.#setup = setup;
    this.#port = port;
    const { nodeId, generationId, advertise, clusterId, config, rng, timers } = setup;
    const gossipAdvertiseAddress = advertise ?? port.localAddress;
    const id = { nodeId, generationId, gossipAdvertiseAddress };
    this.#node = new GossipNode({ id, clusterId, config, compression: zstd, rng });
    this.#keyListeners = new KeyListeners(setup.logger);
    this.#budget = new ReceiveBudget(config.gossipIntervalMs * config.receiveShareMax);
    for (const [key, value] of Object.entries(setup.keyValues)) this.set(key, value);
    this.#live = new LatestValue(this.#publishedNodes());
    this.#nextRoundMs = timers.monotonicMs();
    this.#startRoundTimer();
    if (setup.seeds.hasNames) this.#startRefreshTimer();
  }

  /** Changes only when the network remembered an earlier life of this node. */
  get id(): ChitchatId {
    return this.#node.id;
  }

  get clusterId(): string {
    return this.#setup.clusterId;
  }

  /** Where this node listens, which need not be where others send to. */
  get listenAddress(): SocketAddress {
    return this.#port.localAddress;
  }

  /** The visible value of an own key. Those of others: {@link nodeStates}. */
  get(key: string): string | undefined {
    return this.#node.keys.get(key);
  }

  /** Throws CaucusError `invalid_argument` or `overloaded` for what peers could not take. */
  set(key: string, value: string): void {
    this.#node.keys.set(key, value, this.#nowMs());
    this.#dispatchEvents();
  }

  /** Like `set`, but each node drops the key after `markedForDeletionGraceMs`. */
  setWithTtl(key: string, value: string): void {
    this.#node.keys.setWithTtl(key, value, this.#nowMs());
    this.#dispatchEvents();
  }

  /** Invisible at once. False when there is no such key. */
  delete(key: string): boolean {
    return this.#node.keys.delete(key, this.#nowMs());
  }

  /** Visible until `markedForDeletionGraceMs` is over. False when there is no such key. */
  deleteAfterTtl(key: string): boolean {
    return this.#node.keys.deleteAfterTtl(key, this.#nowMs());
  }

  /** All known nodes, dead ones and this one included, in the order of their ids. */
  nodeStates(): readonly ReadonlyNodeState[] {
    return this.#node.cluster.nodes().map(({ state }) => state);
  }

  /** This node first. */
  liveNodes(): readonly ChitchatId[] {
    return this.#node.liveNodes().map(({ id }) => id);
  }

  /** A node counts as dead from its discovery until its heartbeat was seen to grow. */
  deadNodes(): readonly ChitchatId[] {
    return this.#node.deadNodes().map(({ id }) => id);
  }

  /**
   * Calls `listener` for each value that any node sets under a key with that prefix, own ones
   * included; "" means all keys. Returns how to end it.
   */
  subscribe(prefix: string, listener: KeyListener): () => void {
    return this.#keyListeners.add(prefix, listener);
  }

  /** Calls `listener` when nodes come, go, are forgotten or start over. Returns how to end it. */
  subscribeMembership(listener: (event: MembershipEvent) => void): () => void {
    const own = (event: MembershipEvent): void => listener(event);
    this.#membershipListeners.add(own);
    return () => this.#membershipListeners.delete(own);
  }

  /**
   * Takes the state of another node over that was fetched in another way than by gossip, as one may on
   * `node-reset`: newer values win, and keys that are not listed are gone. Throws CaucusError
   * `invalid_argument` for versions or values that could not be passed on.
   */
  resetNodeState(update: NodeStateUpdate): NodeStateUpdateOutcome {
    const outcome = this.#node.resetNodeState(update, this.#nowMs());
    this.#dispatchEvents();
    return outcome;
  }

  /** Yields the live nodes now and whenever members or versions change; ends with this node. */
  liveNodeChanges(): AsyncIterableIterator<readonly ReadonlyNodeState[]> {
    return this.#live.changes();
  }

  snapshot(): StateSnapshot {
    return {
      cluster_id: this.#setup.clusterId,
      cluster_state: {
        node_states: snapshotNodes(this.nodeStates()),
        seed_addrs: this.#setup.seeds.addresses().map(formatSocketAddress),
      },
      live_nodes: this.liveNodes().map(snapshotId),
      dead_nodes: this.deadNodes().map(snapshotId),
    };
  }

  /** The snapshot as JSON, u64 values as exact numbers. */
  stateJson(indent = 0): string {
    return stringifySnapshot(this.snapshot(), indent);
  }

  stats(): ChitchatStats {
    const { unsent } = this.#port;
    return { ...this.#counts, datagramsUnsent: unsent, nodesRefused: this.#node.nodesRefused };
  }

  /** Opens a handshake with that address now. */
  gossip(to: SocketAddress): void {
    if (!this.#isStopping) this.#send(this.#node.syn(this.#nowMs()), to);
  }

  /** Says goodbye in one last round, then closes. Peers of this library count the node as left. */
  async leave(): Promise<void> {
    if (this.#isStopping) return;
    this.#stopTimers();
    const nowMs = this.#nowMs();
    const farewell = this.#node.leave(nowMs);
    this.#dispatchEvents();
    const own = formatSocketAddress(this.id.gossipAdvertiseAddress);
    const peers = this.liveNodes().map(({ gossipAdvertiseAddress }) => gossipAdvertiseAddress);
    const others = peers.filter((address) => formatSocketAddress(address) !== own);
    const targets = sample(others, FAREWELLS_MAX, this.#setup.rng);
    const syn = this.#node.syn(nowMs);
    for (const target of targets) {
      this.#send(farewell, target);
      this.#send(syn, target);
    }
    await this.#farewells(targets.length);
    await this.close();
  }

  /** Stops without a word; peers will notice the silence. */
  async close(): Promise<void> {
    this.#stopTimers();
    this.#live.close();
    await this.#port.close();
  }

  /** @internal A datagram has arrived. */
  receive(datagram: Uint8Array, from: SocketAddress): void {
    this.#counts.datagramsReceived++;
    this.#counts.bytesReceived += datagram.length;
    if (!this.#budget.admits()) {
      this.#counts.datagramsDropped++;
      return;
    }
    const startMs = this.#nowMs();
    this.#handle(datagram, from, startMs);
    this.#dispatchEvents();
    this.#budget.spend(this.#nowMs() - startMs);
  }

  #handle(datagram: Uint8Array, from: SocketAddress, nowMs: number): void {
    const outcome = this.#node.handle(datagram, nowMs);
    switch (outcome.kind) {
      case "reply":
        this.#send(outcome.datagram, from);
        if (outcome.to === "syn-ack" && --this.#farewellsDue === 0) this.#onFarewells();
        break;
      case "wrong-cluster":
        this.#counts.wrongCluster++;
        if (outcome.datagram !== undefined) this.#send(outcome.datagram, from);
        this.#setup.logger.debug("gossip of another cluster", { from: from.host });
        break;
      case "malformed":
        this.#counts.malformed++;
        this.#setup.logger.debug("unreadable gossip", { from: from.host, reason: outcome.reason });
        break;
      case "no-reply":
        break;
      default:
        assertNever(outcome);
    }
  }

  #round(): void {
    const { config } = this.#setup;
    const nowMs = this.#nowMs();
    const missed = (nowMs - this.#nextRoundMs) / config.gossipIntervalMs;
    this.#counts.rounds++;
    if (this.#budget.renew()) {
      this.#setup.logger.warn("more gossip comes in than this node may spend time on", {
        dropped: this.#counts.datagramsDropped,
      });
    }
    const targets = this.#node.beginRound(this.#reachableSeeds(), nowMs);
    if (targets.length > 0) {
      const syn = this.#node.syn(nowMs);
      for (const target of targets) this.#send(syn, target);
    }
    // What was sent to a sleeping process is still to be read: judge in the next round.
    if (missed < MISSED_ROUNDS_MAX) this.#node.endRound(nowMs);
    this.#dispatchEvents();
    // Missed rounds are not made up for.
    this.#nextRoundMs = Math.max(this.#nextRoundMs, nowMs - config.gossipIntervalMs);
    this.#nextRoundMs += config.gossipIntervalMs;
    if (!this.#isStopping) this.#startRoundTimer();
  }

  /** A name may have addresses of both families; a socket for IPv4 has no use for the others. */
  #reachableSeeds(): readonly SocketAddress[] {
    const isIpv6 = this.#port.localAddress.host.includes(":");
    return this.#setup.seeds.addresses().filter(({ host }) => isIpv6 || !host.includes(":"));
  }

  #startRoundTimer(): void {
    const delayMs = Math.max(0, this.#nextRoundMs - this.#nowMs());
    this.#cancelRound = this.#setup.timers.startTimer(delayMs, () => this.#round());
  }

  #startRefreshTimer(): void {
    this.#cancelRefresh = this.#setup.timers.startTimer(SEED_REFRESH_MS, () => {
      void this.#setup.seeds.refresh();
      this.#startRefreshTimer();
    });
  }

  #stopTimers(): void {
    this.#isStopping = true;
    this.#cancelRound();
    this.#cancelRefresh();
  }

  /** Ends when all have answered, or after a while. */
  #farewells(count: number): Promise<void> {
    if (count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#setup.timers.startTimer(FAREWELL_TIMEOUT_MS, resolve);
      this.#farewellsDue = count;
      this.#onFarewells = () => {
        cancel();
        resolve();
      };
    });
  }

  #dispatchEvents(): void {
    for (const event of this.#node.takeEvents()) {
      if (event.kind === "key-changed") this.#keyListeners.call(event);
      else if (event.kind === "live-nodes-changed") this.#live.set(this.#publishedNodes());
      else this.#callMembershipListeners(event);
    }
  }

  #callMembershipListeners(event: MembershipEvent): void {
    for (const listener of [...this.#membershipListeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#setup.logger.error("a membership listener has thrown", { error: String(error) });
      }
    }
  }

  #publishedNodes(): readonly ReadonlyNodeState[] {
    return this.#node.liveNodes().filter((node) => this.#setup.livenessFilter(node));
  }

  #send(datagram: Uint8Array, to: SocketAddress): void {
    this.#counts.datagramsSent++;
    this.#counts.bytesSent += datagram.length;
    this.#counts.largestSent = Math.max(this.#counts.largestSent, datagram.length);
    this.#port.send(datagram, to);
  }

  #nowMs(): number {
    return this.#setup.timers.monotonicMs();
  }
}
