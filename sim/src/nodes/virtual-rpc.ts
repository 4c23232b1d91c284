import { assert } from "@caucus/base";
import type { NodeRpc, NodeTransport } from "@caucus/node/testing";
import {
  decodeMessages,
  encodeMessages,
  type FrameHeader,
  type Member,
  type MemberKey,
  type Message,
  type PeerHandler,
  RaftDriver,
  type SnapshotHeader,
  type SnapshotOutcome,
  type SnapshotSource,
} from "@caucus/raft";
import type { ClusterHandler, LocalPeer } from "@caucus/rpc";
import { SnapshotStream } from "../snapshot-stream.ts";
import type { NodeProcess } from "./node-process.ts";
import type { NodesWorld } from "./nodes-world.ts";
import { VirtualCalls } from "./virtual-calls.ts";

/** What a connection is opened with. */
interface Greeting extends FrameHeader {
  readonly startCounter: number;
  readonly rpcAddress: string;
}

/** Messages of one event to one peer. */
interface PeerFrame {
  readonly greeting: Greeting;
  readonly bytes: Uint8Array;
}

/** Everything between one process and the others, with the rules of the handshake of gRPC. */
export class VirtualRpc implements NodeRpc {
  readonly calls: VirtualCalls;
  readonly handler: ClusterHandler;
  readonly #world: NodesWorld;
  readonly #process: NodeProcess;
  #driver: RaftDriver | undefined;
  #self: LocalPeer | undefined;
  #members: ReadonlyMap<MemberKey, Member> = new Map();
  /** What peers said of themselves when they called: where they are, how often they were started. */
  readonly #greetings = new Map<MemberKey, Greeting>();
  #outgoing: Message[] = [];

  constructor(world: NodesWorld, process: NodeProcess, handler: ClusterHandler) {
    this.#world = world;
    this.#process = process;
    this.handler = handler;
    this.calls = new VirtualCalls(world, process);
  }

  openTransport(self: LocalPeer): NodeTransport {
    this.#self = self;
    return {
      setPeers: (members) => {
        this.#members = new Map(members.map((member) => [member.key, member]));
      },
      send: (message) => {
        this.#process.sent(message);
        this.#outgoing.push(message);
      },
      sendSnapshot: (header, source, done) => this.#sendSnapshot(header, source, done),
    };
  }

  setPeerHandler(handler: PeerHandler | undefined): void {
    if (handler === undefined) return;
    assert(handler instanceof RaftDriver, "a peer handler that is no driver");
    this.#driver = handler;
    this.#process.begun(handler);
  }

  listen(): Promise<void> {
    this.#process.listener = this.handler;
    return Promise.resolve();
  }

  injectConnection(): void {}

  close(): Promise<void> {
    this.#process.listener = undefined;
    this.#driver = undefined;
    return Promise.resolve();
  }

  /** The event is over: everything for one peer leaves together. */
  flush(): void {
    if (this.#outgoing.length === 0) return;
    const frames = new Map<MemberKey, Message[]>();
    for (const message of this.#outgoing) {
      const frame = frames.get(message.to);
      if (frame === undefined) frames.set(message.to, [message]);
      else frame.push(message);
    }
    this.#outgoing = [];
    for (const [to, frame] of frames) this.#sendFrame(to, frame);
  }

  #sendFrame(to: MemberKey, messages: readonly Message[]): void {
    const self = this.#self as LocalPeer;
    const address = this.#addressOf(to);
    const target = address === undefined ? undefined : this.#world.machineAt(address);
    if (target === undefined) return;
    const { cluster, member, startCounter } = self;
    const { key, rpcAddress } = member;
    const greeting: Greeting = { cluster, from: key, to, startCounter, rpcAddress };
    const bytes = encodeMessages(greeting, messages);
    this.#world.network.send(this.#process.label, target.label, () => {
      const { process } = target;
      process?.enter(() => process.rpc?.receive({ greeting, bytes }));
    });
  }

  receive({ greeting, bytes }: PeerFrame): void {
    const { cluster, from, startCounter, to } = greeting;
    const { world, self, driver } = { world: this.#world, self: this.#self, driver: this.#driver };
    if (driver === undefined || self === undefined) return;
    if (to !== self.member.key || cluster !== self.cluster) {
      world.counters.add("frame for another");
      return;
    }
    if (startCounter < (this.#greetings.get(from)?.startCounter ?? 0)) return;
    this.#greetings.set(from, greeting);
    this.#process.heard(from);
    const frame = decodeMessages(bytes, greeting);
    assert(frame.kind === "messages", "a frame that is addressed well is taken for another's");
    const sender = world.machineOf(from)?.label ?? 0;
    world.trace.record("deliver", this.#process.label, sender, frame.messages.length);
    driver.receive(frame.messages);
  }

  #sendSnapshot(
    header: SnapshotHeader,
    source: SnapshotSource,
    done: (outcome: SnapshotOutcome) => void,
  ): void {
    new SnapshotStream(this.#world, this.#process, { header, source, done }).open();
  }

  /** A peer that has called is called back where it is; the configuration may lag behind. */
  #addressOf(key: MemberKey): string | undefined {
    return this.#greetings.get(key)?.rpcAddress ?? this.#members.get(key)?.rpcAddress;
  }
}
