/**
 * One process of the gossip driver on a simulated machine. Every event goes through {@link
 * GossipProcess.enter}, which looks at what changed and tells the checkers.
 */
import {
  type Chitchat,
  type ChitchatId,
  chitchatIdKey,
  createChitchat,
  type DatagramHandler,
  type DatagramPort,
  formatSocketAddress,
  type GossipTimers,
  LEFT_KEY,
  type MembershipEvent,
  type SocketAddress,
} from "@caucus/chitchat";
import { decodeMessage, type Message } from "@caucus/chitchat/wire";
import { labelOf, nameOf } from "./addresses.ts";
import type { Cause, ObservedProcess } from "./checkers/gossip-checker.ts";
import type { GossipMachine } from "./gossip-machine.ts";
import type { GossipRules } from "./gossip-options.ts";
import { CLUSTER_ID, type GossipWorld } from "./gossip-world.ts";
import { KeyWriter } from "./key-writer.ts";
import { type NodeView, viewOf } from "./node-view.ts";

const LARGE_BYTES = 32 * 1024;

export class GossipProcess implements ObservedProcess {
  readonly label: number;
  readonly rules: GossipRules;
  readonly startedMs: number;
  readonly #world: GossipWorld;
  readonly #machine: GossipMachine;
  readonly #generation: bigint;
  readonly #views = new Map<string, NodeView>();
  readonly #dead = new Map<string, number>();
  readonly #events: MembershipEvent[] = [];
  #live: ReadonlySet<string> = new Set();
  #chitchat: Chitchat | undefined;
  #handler: DatagramHandler = () => {};
  #isEnded = false;
  #isLeaving = false;
  #hasRaised = false;
  /** The last datagram sent: a round sends one to several. */
  #lastSent: { readonly datagram: Uint8Array; readonly message: Message | undefined } | undefined;

  constructor(world: GossipWorld, machine: GossipMachine, generation: bigint) {
    this.#world = world;
    this.#machine = machine;
    this.#generation = generation;
    this.label = machine.label;
    this.rules = world.options.rules;
    this.startedMs = this.nowMs;
  }

  get nowMs(): number {
    return this.#machine.clock.monotonicMs();
  }

  get chitchat(): Chitchat {
    return this.#chitchat as Chitchat;
  }

  get id(): ChitchatId {
    return this.chitchat.id;
  }

  get idKey(): string {
    return chitchatIdKey(this.id);
  }

  get views(): ReadonlyMap<string, NodeView> {
    return this.#views;
  }

  get live(): ReadonlySet<string> {
    return this.#live;
  }

  get dead(): ReadonlyMap<string, number> {
    return this.#dead;
  }

  /** Its driver runs, which takes a moment. */
  get isStarted(): boolean {
    return this.#chitchat !== undefined;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** It has taken a higher generation, which it does once in ten minutes at most. */
  get hasRaised(): boolean {
    return this.#hasRaised;
  }

  async start(): Promise<void> {
    const world = this.#world;
    try {
      this.#chitchat = await createChitchat({
        ...this.rules,
        nodeId: nameOf(this.label),
        clusterId: CLUSTER_ID,
        listenAddress: formatSocketAddress(this.#machine.address),
        seeds: world.machines
          .slice(0, world.options.seedNodes)
          .map(({ address }) => formatSocketAddress(address)),
        generationId: this.#generation,
        rng: world.dice,
        timers: this.#timers(),
        transport: { open: (_, onDatagram) => this.#open(onDatagram) },
      });
    } catch (thrown) {
      this.#failed(thrown);
      return;
    }
    this.chitchat.subscribeMembership((event) => this.#events.push(event));
    world.owners.started(this.idKey);
    world.suite.started(this);
    this.#observe("start");
    new KeyWriter(world, this).run();
  }

  /** Runs one event of this process, unless it has ended; later if its machine stalls. */
  enter(cause: Cause, event: () => void): void {
    if (this.#isEnded || this.#chitchat === undefined) return;
    const { scheduler } = this.#world;
    const stallMs = this.#machine.stalledUntilMs - scheduler.nowMs;
    if (stallMs > 0) {
      scheduler.after(stallMs, () => this.enter(cause, event));
      return;
    }
    try {
      event();
    } catch (thrown) {
      this.#failed(thrown);
    }
    this.#observe(cause);
  }

  receive(datagram: Uint8Array, from: SocketAddress): void {
    this.enter("datagram", () => {
      this.#world.trace.record("deliver", this.label, labelOf(from), datagram.length);
      this.#handler(datagram, from);
    });
  }

  /** Says goodbye; `onLeft` is called when the driver has done so. */
  leave(onLeft: () => void): void {
    this.enter("leave", () => {
      this.#isLeaving = true;
      const { turns, owners, suite } = this.#world;
      turns.leaves(this);
      const version = this.#views.get(this.idKey)?.maxVersion ?? 0n;
      const left = this.chitchat.leave();
      const farewell = { key: LEFT_KEY, value: "1", status: "set" } as const;
      owners.wrote(this.idKey, version + 1n, farewell);
      suite.wrote(this, farewell);
      left.then(
        () => {
          this.#world.turns.left(this);
          if (!this.#isEnded) onLeft();
        },
        (thrown) => this.#failed(thrown),
      );
    });
  }

  /** Nothing of this process happens any more. */
  end(): void {
    this.#isEnded = true;
    this.#world.turns.left(this);
    this.#world.suite.ended(this);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  #failed(thrown: unknown): void {
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    this.#world.suite.report("No Exception", `node ${this.label}: ${message}`);
  }

  #timers(): GossipTimers {
    const { clock } = this.#machine;
    return {
      monotonicMs: () => clock.monotonicMs(),
      startTimer: (delayMs, run) => {
        const timer = this.#world.scheduler.after(delayMs / clock.rate, () =>
          this.enter(this.#isLeaving ? "leave" : "round", run),
        );
        return () => timer.cancel();
      },
    };
  }

  #open(onDatagram: DatagramHandler): Promise<DatagramPort> {
    this.#handler = onDatagram;
    return Promise.resolve({
      localAddress: this.#machine.address,
      unsent: 0,
      send: (datagram, to) => this.#send(datagram, to),
      close: () => Promise.resolve(),
    });
  }

  #send(datagram: Uint8Array, to: SocketAddress): void {
    if (this.#isEnded) return;
    const { trace, network, machines, stranger, suite, counters } = this.#world;
    const message = this.#decoded(datagram);
    const label = labelOf(to);
    const text = trace.readable ? `${message?.kind} of ${datagram.length} bytes to ${label}` : "";
    trace.record("send", this.label, label, datagram.length, text);
    suite.sent(this, message, datagram.length);
    if (datagram.length > LARGE_BYTES) counters.add("datagram above 32 KiB");
    const machine = machines[label - 1];
    if (machine === undefined) return;
    // The sender may use its buffer again.
    const copy = new Uint8Array(datagram);
    stranger.overhear(copy);
    network.send(this.label, label, () => machine.process?.receive(copy, this.#machine.address));
  }

  #decoded(datagram: Uint8Array): Message | undefined {
    if (this.#lastSent?.datagram === datagram) return this.#lastSent.message;
    let message: Message | undefined;
    try {
      message = decodeMessage(datagram);
    } catch {
      message = undefined;
    }
    this.#lastSent = { datagram, message };
    return message;
  }

  /** Compares with what was there after the last event. */
  #observe(cause: Cause): void {
    const { suite } = this.#world;
    const resets = this.#takeEvents();
    const isDeep = cause !== "datagram";
    const known = new Set<string>();
    for (const state of this.chitchat.nodeStates()) {
      const id = chitchatIdKey(state.id);
      known.add(id);
      const before = this.#views.get(id);
      const after = viewOf(state, before, isDeep);
      if (after === before) continue;
      this.#views.set(id, after);
      suite.changed(this, { id, before, after, isReset: resets.has(id) }, cause);
    }
    for (const [id, before] of this.#views) {
      if (known.has(id)) continue;
      this.#views.delete(id);
      suite.changed(this, { id, before, after: undefined, isReset: false }, cause);
    }
    this.#observeMembers(cause);
  }

  #observeMembers(cause: Cause): void {
    const wasLive = this.#live;
    this.#live = new Set(this.chitchat.liveNodes().map(chitchatIdKey));
    const dead = new Set(this.chitchat.deadNodes().map(chitchatIdKey));
    for (const id of this.#dead.keys()) if (!dead.has(id)) this.#dead.delete(id);
    for (const id of dead) if (!this.#dead.has(id)) this.#dead.set(id, this.nowMs);
    this.#world.suite.stepped(this, cause, wasLive);
  }

  /** Tells the membership events of this step; answers the ids that were reset in it. */
  #takeEvents(): ReadonlySet<string> {
    const { suite, counters, trace } = this.#world;
    const resets = new Set<string>();
    for (const event of this.#events.splice(0)) {
      const id = chitchatIdKey(event.id);
      trace.record(
        "membership",
        this.label,
        event.kind.length,
        0,
        `${event.kind} ${event.id.nodeId}`,
      );
      if (event.kind === "node-up") counters.add("node up");
      else if (event.kind === "node-down") counters.add("node down");
      else if (event.kind === "node-forgotten") counters.add("node forgotten");
      else if (event.kind === "node-reset") {
        counters.add("state reset");
        resets.add(id);
      } else {
        counters.add("generation raised");
        this.#hasRaised = true;
        // A peer may have told of that id before it was ours.
        this.#views.delete(id);
        this.#recordOwn(id);
      }
      suite.membership(this, event);
    }
    return resets;
  }

  /** What it brings along is what it has written under its new id. */
  #recordOwn(idKey: string): void {
    const { owners } = this.#world;
    owners.started(idKey);
    const own = this.chitchat.nodeStates().find(({ id }) => chitchatIdKey(id) === idKey);
    for (const [key, { version, value, status }] of own?.entries() ?? []) {
      owners.wrote(idKey, version, { key, value, status });
    }
  }
}
