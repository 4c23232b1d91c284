/**
 * One process of a whole member: the real ClusterNode with everything that it consists of, in
 * surroundings that are simulated. Whatever happens to it is one event that enters here. Its
 * promises go on when the event is over; then it settles: checkers see what has changed, and what
 * it sent leaves.
 */
import { assert, type LogFields, type Logger } from "@caucus/base";
import type { SocketAddress } from "@caucus/chitchat";
import { ClusterNode, resolveNodeConfig, type Surroundings } from "@caucus/node/testing";
import {
  type Configuration,
  decodeConfiguration,
  EMPTY_CONFIGURATION,
  type LogBatch,
  type LogIndex,
  type MemberKey,
  type Message,
  type RaftDriver,
} from "@caucus/raft";
import type { BootstrapPromise, ClusterHandler } from "@caucus/rpc";
import type { Identity } from "@caucus/storage";
import { type ObservedNode, type ObservedStatus, observedStatus } from "../checkers/checker.ts";
import { Dice } from "../dice.ts";
import { DISK_FAILURE, type DiskSession } from "../disk.ts";
import type { LogView } from "../log-image.ts";
import type { StateImage } from "../state-image.ts";
import type { DirectoryOwner } from "./data-directory.ts";
import type { NodeMachine } from "./node-machine.ts";
import type { NodesWorld } from "./nodes-world.ts";
import { observeProposals } from "./observed-proposals.ts";
import { virtualGossip } from "./virtual-gossip.ts";
import { VirtualRpc } from "./virtual-rpc.ts";

/** Longest wait of a process for its next turn, in ms: other work of its event loop. */
const TURN_DELAY_MS_MAX = 0.2;

/** A process that reads its clock so often within one event waits in vain: time stands still in it. */
const CLOCK_READS_MAX = 10_000;

export class NodeProcess implements ObservedNode, DirectoryOwner {
  readonly machine: NodeMachine;
  readonly key: MemberKey;
  readonly label: number;
  readonly startCounter: number;
  readonly member: ClusterNode;
  status: ObservedStatus = NOTHING_OBSERVED;
  /** While it listens. */
  listener: ClusterHandler | undefined;
  onDatagram: ((datagram: Uint8Array, from: SocketAddress) => void) | undefined;
  /** The reason that automation has logged in the event that runs. */
  loggedReason: string | undefined;
  rpc: VirtualRpc | undefined;
  readonly #world: NodesWorld;
  readonly #session: DiskSession;
  /** When a message of a peer was last delivered, in virtual ms. */
  readonly #heardMs = new Map<MemberKey, number>();
  #driver: RaftDriver | undefined;
  #votersMs = 0;
  #isAlive = true;
  /** Since the event began. */
  #clockReads = 0;

  constructor(world: NodesWorld, machine: NodeMachine) {
    this.#world = world;
    this.machine = machine;
    this.label = machine.label;
    const { directory } = machine;
    const { storage, session } = directory.open(this);
    this.#session = session;
    const { memberKey, startCounter } = directory.identity;
    this.key = memberKey;
    this.startCounter = startCounter;
    const config = resolveNodeConfig({
      ...machine.nodeOptions(),
      logger: this.#logger(),
    });
    this.member = new ClusterNode(config, storage, this.#surroundings());
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  get log(): LogView {
    return this.#session.live.log;
  }

  /** Everything applied. */
  get stateImage(): StateImage {
    return this.#session.live.state;
  }

  /** Virtual ms since it began to lead or its voters changed; Infinity when that was the first configuration. */
  get votersSinceMs(): number {
    return this.#world.scheduler.nowMs - this.#votersMs;
  }

  /** Undefined while it belongs to no cluster. */
  get driver(): RaftDriver | undefined {
    return this.#driver;
  }

  /** What it is durably bound to. */
  get identity(): Identity {
    return this.machine.directory.identity;
  }

  /** Virtual ms since a message of the peer was last delivered here; Infinity when never. */
  silenceOf(key: MemberKey): number {
    return this.#world.scheduler.nowMs - (this.#heardMs.get(key) ?? Number.NEGATIVE_INFINITY);
  }

  run(): void {
    this.enter(() => {
      this.member.start().catch((thrown: unknown) => this.#blame(thrown));
    });
    void this.member.ended.then((end) => this.#ended(end));
  }

  /** The process is gone: none of its promises goes on. */
  end(): void {
    this.#isAlive = false;
  }

  /** Runs one event of this process; later, if the machine stalls; never, if it has ended. */
  enter(event: () => void): void {
    if (!this.#isAlive) return;
    const { scheduler, touched } = this.#world;
    const stallMs = this.machine.stalledUntilMs - scheduler.nowMs;
    if (stallMs > 0) {
      scheduler.after(stallMs, () => this.enter(event));
      return;
    }
    touched.add(this);
    try {
      event();
    } catch (thrown) {
      this.#blame(thrown);
    }
  }

  /** The event and all promises that it has settled are over. */
  settle(): void {
    this.loggedReason = undefined;
    this.#clockReads = 0;
    if (!this.#isAlive) return;
    const driver = this.#driver;
    if (driver !== undefined) this.#observe(driver);
    this.rpc?.flush();
  }

  /** Raft has begun in the node's cluster. */
  begun(driver: RaftDriver): void {
    const { suite, trace } = this.#world;
    const { cluster } = this.identity;
    assert(cluster !== undefined, "Raft begins in a cluster that is not on disk");
    this.#driver = driver;
    this.status = observedStatus(driver.view());
    observeProposals(driver, this, suite);
    suite.began(this, cluster);
    trace.record("start", this.label, 1, 0, `Raft in cluster ${cluster.slice(0, 8)}`);
  }

  sent(message: Message): void {
    this.#raft()?.sent(this, message);
  }

  heard(key: MemberKey): void {
    this.#heardMs.set(key, this.#world.scheduler.nowMs);
  }

  granted(request: BootstrapPromise): void {
    this.#world.suite.granted(this, this.identity, request);
  }

  withdrawn(asker: MemberKey, cluster: string): void {
    this.#world.suite.withdrawn(this, asker, cluster);
  }

  bound(before: Identity, after: Identity): void {
    const { suite, trace } = this.#world;
    suite.bound(this, before, after);
    const text = `cluster ${after.cluster?.slice(0, 8)}, bound to ${after.promise ?? "nothing"}`;
    trace.record("durable", this.label, after.promise?.length ?? 0, 0, text);
  }

  writing(batch: LogBatch): void {
    const raft = this.#raft();
    if (raft !== undefined) {
      raft.writing(this, batch);
      return;
    }
    const configuration = firstConfiguration(batch);
    if (configuration !== undefined) this.#world.suite.founding(this, this.identity, configuration);
  }

  compacting(index: LogIndex): void {
    this.#world.counters.add("compaction");
    this.#raft()?.compacting(this, index, Number.POSITIVE_INFINITY);
  }

  #surroundings(): Surroundings {
    const { dice, options, scheduler } = this.#world;
    const { clock } = this.machine;
    const rng = new Dice(options.seed, `node ${this.key} ${this.startCounter}`);
    const repeat = (everyMs: number, run: () => void): (() => void) => {
      let timer = { cancel: (): void => {} };
      const next = (): void => {
        timer = scheduler.after(everyMs / clock.rate, () => {
          if (!this.#isAlive) return;
          this.enter(run);
          next();
        });
      };
      next();
      return () => timer.cancel();
    };
    const monotonicMs = (): number => {
      if (++this.#clockReads > CLOCK_READS_MAX) {
        const waiting = new Error("it waits and lets no time pass");
        this.#blame(waiting);
        throw waiting;
      }
      return clock.monotonicMs();
    };
    return {
      clock: { monotonicMs, wallMs: () => clock.wallMs() },
      rng,
      newIdentity: () => Array.from({ length: 32 }, () => rng.integer(16).toString(16)).join(""),
      defer: (turn) => {
        scheduler.after(dice.uniform(0, TURN_DELAY_MS_MAX), () => this.enter(turn));
      },
      repeat,
      openRpc: ({ handler }) => {
        this.rpc = new VirtualRpc(this.#world, this, handler);
        return this.rpc;
      },
      gossip: virtualGossip(this.#world, this, rng),
    };
  }

  #observe(driver: RaftDriver): void {
    const { counters, trace } = this.#world;
    const before = this.status;
    const after = observedStatus(driver.view());
    this.status = after;
    this.#raft()?.stepped(this, before, after);
    this.#noteVoters(before, after);
    if (before.role !== after.role || before.term !== after.term) {
      if (after.role === "leader") counters.add("leader elected");
      const text = trace.readable ? `${after.role} in term ${after.term}` : undefined;
      trace.record("role", this.label, after.term, after.role.length, text);
    }
    if (before.commitIndex !== after.commitIndex) {
      const text = trace.readable ? `${before.commitIndex} to ${after.commitIndex}` : undefined;
      trace.record("commit", this.label, before.commitIndex, after.commitIndex, text);
    }
    if (before.configurationIndex !== after.configurationIndex) {
      const text = trace.readable ? describeConfiguration(after.configuration) : undefined;
      trace.record("membership", this.label, after.configurationIndex, after.term, text);
    }
  }

  #noteVoters(before: ObservedStatus, after: ObservedStatus): void {
    const { nowMs } = this.#world.scheduler;
    if (votersOf(before) !== votersOf(after)) this.#votersMs = nowMs;
    else if (before.role !== after.role) {
      // What a cluster begins with was never changed, and need not settle.
      this.#votersMs = after.configurationIndex === 1 ? Number.NEGATIVE_INFINITY : nowMs;
    }
  }

  #raft(): ReturnType<NodesWorld["suite"]["raft"]> {
    const { cluster } = this.identity;
    if (this.#driver === undefined || cluster === undefined) return undefined;
    return this.#world.suite.raft(cluster);
  }

  #logger(): Logger {
    const log =
      (level: string) =>
      (message: string, fields: LogFields = {}): void => {
        const { trace } = this.#world;
        if (message === DECISION && typeof fields["reason"] === "string") {
          this.loggedReason = fields["reason"];
        }
        const text = trace.readable ? `${level} ${message} ${JSON.stringify(fields)}` : undefined;
        trace.record("log", this.label, message.length, level.length, text);
      };
    return { debug() {}, info: log("info"), warn: log("warn"), error: log("error") };
  }

  #ended(end: Awaited<ClusterNode["ended"]>): void {
    if (!this.#isAlive) return;
    const { scheduler, suite } = this.#world;
    if (end.kind === "poisoned" && !end.error.message.includes(DISK_FAILURE)) {
      suite.report("No Node Stops Itself", `node ${this.label}: ${end.error.message}`);
    }
    const refusal = end.kind === "refused" ? end.error.message : undefined;
    scheduler.after(0, () => this.machine.ended(this, refusal));
  }

  #blame(thrown: unknown): void {
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    this.#world.suite.report("No Exception", `node ${this.label}: ${message}`);
  }
}

/** What automation logs before each change that it proposes. */
const DECISION = "changing the membership";

const NOTHING_OBSERVED: ObservedStatus = {
  role: "follower",
  term: 0,
  commitIndex: 0,
  appliedIndex: 0,
  lastIndex: 0,
  compactedIndex: 0,
  configuration: EMPTY_CONFIGURATION,
  configurationIndex: 0,
};

function votersOf({ configuration: { outgoing, voters } }: ObservedStatus): string {
  return `${[...voters].sort()}|${[...outgoing].sort()}`;
}

function firstConfiguration({ entries }: LogBatch): Configuration | undefined {
  const first = entries.find(({ kind }) => kind === "configuration");
  return first === undefined ? undefined : decodeConfiguration(first.data);
}

function describeConfiguration(configuration: Configuration): string {
  const labels = (keys: readonly MemberKey[]): string =>
    keys
      .map((key) => configuration.members.find((member) => member.key === key)?.label ?? "?")
      .join(",");
  const { learners, outgoing, removed, voters } = configuration;
  return (
    `voters ${labels(voters)} outgoing ${labels(outgoing)} learners ${labels(learners)} ` +
    `and ${removed.length} keys removed`
  );
}
