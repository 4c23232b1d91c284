/**
 * One cluster member: puts storage, Raft, rpc and the service together, and takes them apart
 * again in the right order. Everything it decides is decided elsewhere.
 */
import type { Duplex } from "node:stream";
import { CaucusError } from "@caucus/base";
import type { ClusterId, LogState, Member } from "@caucus/raft";
import type { ClusterHandler, JoinReply, JoinRequest } from "@caucus/rpc";
import type { OpenedStorage } from "@caucus/storage";
import { type ActiveMember, createActiveMember, runningLoops } from "./active-member.ts";
import { beginLog } from "./bootstrap/begin-log.ts";
import { Bootstrap, type Formation } from "./bootstrap/bootstrap.ts";
import { BootstrapPromises } from "./bootstrap/promises.ts";
import { createClusterHandler } from "./cluster-handler.ts";
import { Deadlines } from "./deadlines.ts";
import { type RunningGossip, startGossip } from "./gossip/start-gossip.ts";
import type { GossipService } from "./gossip-service.ts";
import type { KvService } from "./kv-service.ts";
import { MemberService, type Refusal } from "./member-service.ts";
import { Joiner } from "./membership/joiner.ts";
import { NodeMeter } from "./node-meter.ts";
import type { NodeMetrics } from "./node-metrics.ts";
import { type NodeConfig, voterLimits } from "./node-options.ts";
import type { NodeRpc, NodeTransport } from "./node-rpc.ts";
import type { NodeState, NodeView } from "./node-status.ts";
import { RaftMember } from "./raft-member.ts";
import { handOverLeadership } from "./shutdown.ts";
import type { Surroundings } from "./surroundings.ts";
import { Ticker } from "./ticker.ts";

/** Why a node has ended or can't go on; the process should call `stop` and exit. */
export type NodeEnd =
  | { readonly kind: "stopped" }
  /** Storage failed or an invariant broke: nothing is acknowledged any more. */
  | { readonly kind: "poisoned"; readonly error: Error }
  /** The cluster refuses this node for good: label in use, removed key, restored disk, … */
  | { readonly kind: "refused"; readonly error: CaucusError };

/** Running rpc calls may take so long at a stop, in ms. */
const RPC_CLOSE_MS = 500;

/** A node as its process sees it. */
export interface RunningNode {
  readonly service: KvService;
  readonly metrics: NodeMetrics;
  /** Undefined when the node does not gossip. */
  readonly gossip: GossipService | undefined;
  /** What it does about its cluster at its first start; later it means nothing. */
  readonly formation: Formation;
  /** Resolves once, with the first reason to end. */
  readonly ended: Promise<NodeEnd>;
  /** Takes over a connection of the HTTP port that has begun with the HTTP/2 preface. */
  injectConnection(socket: Duplex): void;
  /**
   * Says goodbye in gossip, and lets another member lead, if this one does and there is one; within
   * bounded time. Everything else keeps working: to be called before the node's edges close.
   */
  handOver(): Promise<void>;
  /** Hands leadership over, then stops everything in order. Idempotent. */
  stop(): Promise<void>;
}

export class ClusterNode implements RunningNode {
  readonly service: MemberService;
  readonly metrics: NodeMeter;
  readonly ended: Promise<NodeEnd>;
  readonly #config: NodeConfig;
  readonly #storage: OpenedStorage;
  readonly #surroundings: Surroundings;
  readonly #self: Member;
  readonly #deadlines: Deadlines;
  readonly #ticker: Ticker;
  readonly #handler: ClusterHandler;
  readonly #rpc: NodeRpc;
  readonly #promises: BootstrapPromises;
  readonly #joiner: Joiner;
  readonly #bootstrap: Bootstrap;
  /** What the log holds: as opened, or begun since by the creator of a cluster. */
  #logState: LogState;
  #state: NodeState = "waiting";
  #active: ActiveMember | undefined;
  #gossip: RunningGossip | undefined;
  #transport: NodeTransport | undefined;
  #poison: Error | undefined;
  #refusal: CaucusError | undefined;
  #handingOver: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #end: (end: NodeEnd) => void = () => {};

  constructor(config: NodeConfig, storage: OpenedStorage, surroundings: Surroundings) {
    const { identity } = storage;
    const { memberKey, label, startCounter } = identity.current;
    const { apiAddress, logger, rpcAddress } = config;
    const { clock, newIdentity, rng } = surroundings;
    this.#config = config;
    this.#storage = storage;
    this.#surroundings = surroundings;
    this.#logState = storage.logStore.opened;
    this.metrics = new NodeMeter(storage.meter, () => this.#active?.raft);
    this.#self = { key: memberKey, label, rpcAddress, apiAddress };
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#deadlines = new Deadlines(clock.monotonicMs());
    this.#ticker = new Ticker(this.#deadlines, surroundings, config.raft.tickMs);
    const self = this.#self;
    this.#promises = new BootstrapPromises({
      identity,
      self,
      logger,
      adopted: (cluster) => this.#adopt(cluster),
    });
    this.#handler = createClusterHandler({
      self,
      identity,
      promises: this.#promises,
      active: () => this.#active,
      admin: (request) => this.service.answerAdmin(request),
    });
    this.#rpc = surroundings.openRpc({ handler: this.#handler, rng, logger });
    const { calls } = this.#rpc;
    this.#joiner = new Joiner({ self, startCounter, calls, lastIndex: () => this.#lastIndex() });
    this.#bootstrap = new Bootstrap({
      self,
      rules: config,
      gossip: () => this.gossip?.members(),
      logger,
      calls,
      promises: this.#promises,
      joiner: this.#joiner,
      clock,
      rng,
      newIdentity,
      createLog: async (members, automatic) => {
        this.#logState = await beginLog(storage.logStore, members, automatic);
      },
      campaign: () => this.#active?.raft.driver.campaignSoon(),
      ...this.#patience(),
    });
    this.service = new MemberService({
      state: storage.stateStore,
      calls,
      deadlines: this.#deadlines,
      clock,
      active: () => this.#active,
      refusal: () => this.#whyRefused(),
      view: () => this.#view(),
      initialize: () => this.#bootstrap.createAlone(),
    });
  }

  /** @throws CaucusError when the address is taken or the stored state can't be used */
  async start(): Promise<void> {
    const { identity } = this.#storage;
    const { rpcListenAddress, logger } = this.#config;
    const { cluster, memberKey, startCounter } = identity.current;
    logger.info("node starts", { label: this.#self.label, key: memberKey, startCounter, cluster });
    if (cluster !== undefined) this.#adopt(cluster);
    else await this.#finishCreation();
    if (rpcListenAddress !== undefined) await this.#rpc.listen(rpcListenAddress, "--rpc-addr");
    await this.#startGossip();
    if (this.#active === undefined) this.#background(this.#bootstrap.run());
  }

  get gossip(): GossipService | undefined {
    return this.#gossip?.service;
  }

  get formation(): Formation {
    return this.#bootstrap.formation;
  }

  injectConnection(socket: Duplex): void {
    this.#rpc.injectConnection(socket);
  }

  /** The storage says that nothing more becomes durable. */
  poison(error: Error): void {
    this.#active?.raft.driver.stop();
    this.#poisoned(error);
  }

  /** What this node answers to somebody who asks to be taken in. */
  askToJoin(request: JoinRequest): Promise<JoinReply> {
    return this.#handler.join(request);
  }

  handOver(): Promise<void> {
    this.#handingOver ??= this.#handOver();
    return this.#handingOver;
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #startGossip(): Promise<void> {
    const { gossip, logger, version } = this.#config;
    if (gossip === undefined) return;
    const { apiAddress, key, label, rpcAddress } = this.#self;
    this.#gossip = await startGossip(
      { ...gossip, nodeName: gossip.nodeName ?? `node-${label}`, logger: gossip.logger ?? logger },
      { apiAddress, version, raft: { label, key, rpcAddress, cluster: this.#promises.cluster } },
      this.#surroundings.gossip,
    );
    // It may have been invited meanwhile.
    const { cluster } = this.#promises;
    if (cluster !== undefined) this.#gossip.joinedCluster(cluster);
  }

  /** A crash between a new cluster's first entry and its name: the promise still has the name. */
  async #finishCreation(): Promise<void> {
    if (this.#storage.logStore.opened.lastIndex === 0) return;
    const promise = this.#promises.current;
    if (promise?.asker !== this.#self.key) {
      throw new CaucusError("internal", "the log holds entries, but the identity names no cluster");
    }
    await this.#promises.create(promise.cluster, async () => {});
  }

  /** N16: the node belongs to the cluster, durably. Raft starts here and nowhere else. */
  #adopt(cluster: ClusterId): void {
    if (this.#whyRefused() !== undefined) return;
    const { join, logger, raft: raftConfig } = this.#config;
    const { identity, logStore, stateStore } = this.#storage;
    const self = this.#self;
    const { startCounter } = identity.current;
    const { calls } = this.#rpc;
    const { clock } = this.#surroundings;
    const transport = this.#rpc.openTransport({ member: self, cluster, startCounter });
    const raft = new RaftMember({
      self,
      cluster,
      startCounter,
      logStore,
      logState: this.#logState,
      stateStore,
      config: raftConfig,
      transport,
      surroundings: this.#surroundings,
      logger,
      changed: () => this.#changed(),
      committed: (latencyMs) => this.metrics.committed(latencyMs),
      poisoned: (error) => this.#poisoned(error),
    });
    const active = createActiveMember({
      ...{ self, raft, calls, logger, clock, identity, join },
      ...this.#patience(),
      state: stateStore,
      joiner: this.#joiner,
      gossip: () => this.gossip?.members() ?? [],
      deadlines: this.#deadlines,
      limits: voterLimits(this.#config),
    });
    this.#transport = transport;
    this.#active = active;
    this.#state = "running";
    this.#changed();
    this.#ticker.drive(() => raft.driver.tick());
    this.#rpc.setPeerHandler(raft.driver);
    this.#gossip?.joinedCluster(cluster);
    for (const loop of runningLoops(active)) this.#background(loop);
  }

  #changed(): void {
    const active = this.#active;
    if (active === undefined) return;
    this.#transport?.setPeers(active.raft.configuration().members);
    active.routing.changed();
  }

  #poisoned(error: Error): void {
    if (this.#poison !== undefined) return;
    this.#poison = error;
    this.#state = "poisoned";
    this.#active?.routing.wake();
    this.#end({ kind: "poisoned", error });
  }

  /** A loop that fails has met a refusal, or storage that failed. */
  #background(loop: Promise<void>): void {
    loop.catch((thrown: unknown) => {
      const error = CaucusError.from(thrown);
      this.#config.logger.error("the node can't go on", { error: error.message });
      if (error.code !== "conflict") {
        this.#poisoned(error);
        return;
      }
      this.#refusal = error;
      this.#end({ kind: "refused", error });
    });
  }

  async #handOver(): Promise<void> {
    await Promise.all([this.#gossip?.leave(), this.#handOverLeadership()]);
  }

  async #handOverLeadership(): Promise<void> {
    const raft = this.#active?.raft;
    if (raft === undefined || this.#poison !== undefined) return;
    await handOverLeadership(raft, (ms) => this.#pause(ms), this.#config.logger);
  }

  async #stop(): Promise<void> {
    const { logger } = this.#config;
    await this.handOver();
    this.#state = "stopping";
    this.#active?.raft.driver.stop();
    this.#active?.routing.wake();
    this.#deadlines.expireAll();
    await this.#rpc.close(RPC_CLOSE_MS);
    this.#ticker.stop();
    this.#deadlines.expireAll();
    await this.#storage.close();
    logger.info("node stopped", { label: this.#self.label });
    this.#end({ kind: "stopped" });
  }

  #whyRefused(): Refusal | undefined {
    if (this.#poison !== undefined) {
      return { code: "poisoned", message: `this node has stopped: ${this.#poison.message}` };
    }
    if (this.#state !== "stopping") return undefined;
    return { code: "unavailable", message: "the node is stopping" };
  }

  #view(): NodeView {
    const active = this.#active;
    const { storage, version } = this.#config;
    return {
      self: this.#self,
      cluster: this.#promises.cluster,
      version,
      storage,
      state: this.#state,
      raft: active?.raft.status(),
      leader: active?.raft.leader(),
      reader: this.#storage.stateStore,
      waitsFor: this.#bootstrap.waitsFor,
      openRequest: this.#refusal?.message ?? active?.standing.open,
      otherCluster: active?.watch.otherCluster,
      poison: this.#poison,
    };
  }

  #lastIndex(): number {
    return this.#active?.raft.driver.view().lastIndex ?? 0;
  }

  #patience(): { pause: (ms: number) => Promise<void>; isStopping: () => boolean } {
    return { pause: (ms) => this.#pause(ms), isStopping: () => this.#whyRefused() !== undefined };
  }

  #pause(ms: number): Promise<void> {
    if (this.#state === "stopping") return Promise.resolve();
    const untilMs = this.#surroundings.clock.monotonicMs() + ms;
    return new Promise((resolve) => this.#deadlines.add(untilMs, resolve));
  }
}
