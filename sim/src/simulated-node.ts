/**
 * One process: the real driver, core, state machine and fence check, with everything around them
 * simulated. Whatever happens to it is one event that enters here: the checkers see its status
 * before and after, and what it sent leaves when the event ends, one frame per peer.
 */
import { assert } from "@caucus/base";
import {
  type Command,
  currentRevision,
  encodeEnvelope,
  getRecord,
  type KeyRecord,
  readAppliedPosition,
  type SessionTag,
  type StateStore,
} from "@caucus/kv";
import { KvStateMachine } from "@caucus/node/state-machine";
import {
  decodeMessages,
  encodeMessages,
  type FrameHeader,
  type MemberKey,
  type Message,
  type ProposalOutcome,
  RaftDriver,
  type ReadOutcome,
  resolveRaftConfig,
} from "@caucus/raft";
import { type ObservedNode, type ObservedStatus, observedStatus } from "./checkers/checker.ts";
import { Dice } from "./dice.ts";
import { DISK_FAILURE, type DiskSession } from "./disk.ts";
import { createLogStore, createStateStore } from "./disk-ports.ts";
import type { LogView } from "./log-image.ts";
import type { Machine } from "./machine.ts";
import { observeStateMachine } from "./observed-state-machine.ts";
import { SnapshotStream } from "./snapshot-stream.ts";
import type { StateImage } from "./state-image.ts";
import type { World } from "./world.ts";

/** What a read saw. */
export interface ReadReply {
  readonly record: KeyRecord | undefined;
  readonly revision: number;
}

/** Longest wait of a process for its next turn, in ms: other work of its event loop. */
const TURN_DELAY_MS_MAX = 0.2;

export class SimulatedNode implements ObservedNode {
  readonly key: MemberKey;
  readonly label: number;
  readonly startCounter: number;
  readonly log: LogView;
  readonly driver: RaftDriver;
  readonly state: StateStore;
  readonly machine: Machine;
  status: ObservedStatus;
  readonly #world: World;
  readonly #session: DiskSession;
  #alive = true;
  #inside = false;
  #failed = false;
  #outgoing: Message[] = [];

  constructor(world: World, machine: Machine, session: DiskSession, startCounter: number) {
    this.#world = world;
    this.#session = session;
    this.machine = machine;
    this.key = machine.key;
    this.label = machine.label;
    this.startCounter = startCounter;
    this.log = session.live.log;
    this.state = createStateStore(session);
    this.driver = this.#createDriver();
    this.status = observedStatus(this.driver.view());
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  /** Everything applied. */
  get stateImage(): StateImage {
    return this.#session.live.state;
  }

  run(): void {
    this.#world.suite.started(this, this.machine.disk.forgot);
    this.#tick();
  }

  /** The process is gone; whatever it planned does not happen. */
  end(): void {
    this.#alive = false;
    this.#outgoing = [];
  }

  /** Runs one event of this process; later, if the machine stalls; never, if it has ended. */
  enter(event: () => void): void {
    if (!this.#alive) return;
    if (this.#inside) {
      event();
      return;
    }
    const { scheduler } = this.#world;
    const stallMs = this.machine.stalledUntilMs - scheduler.nowMs;
    if (stallMs > 0) {
      scheduler.after(stallMs, () => this.enter(event));
      return;
    }
    this.#inside = true;
    try {
      event();
    } catch (thrown) {
      this.#blame(thrown);
    }
    this.#inside = false;
    this.#settle();
  }

  write(
    command: Command,
    session: SessionTag | undefined,
    timeoutMs: number,
    done: (outcome: ProposalOutcome) => void,
  ): void {
    const { clock } = this.machine;
    const envelope = { session, leaderTimeMs: clock.wallMs(), command };
    this.driver.propose(encodeEnvelope(envelope), clock.monotonicMs() + timeoutMs, done);
  }

  /** Linearizable. */
  read(
    key: Uint8Array,
    timeoutMs: number,
    done: (outcome: ReadOutcome, reply: ReadReply | undefined) => void,
  ): void {
    const { suite } = this.#world;
    const committedBefore = suite.committed.lastIndex;
    this.driver.read(this.machine.clock.monotonicMs() + timeoutMs, (outcome) => {
      if (outcome.kind === "ready") {
        const appliedIndex = readAppliedPosition(this.state).index;
        suite.readAnswered(this, { index: outcome.index, committedBefore, appliedIndex });
      }
      done(outcome, outcome.kind === "ready" ? this.localRead(key) : undefined);
    });
  }

  localRead(key: Uint8Array): ReadReply {
    return { record: getRecord(this.state, key), revision: currentRevision(this.state) };
  }

  #createDriver(): RaftDriver {
    const { options, scheduler, suite, cluster, dice } = this.#world;
    const resolved = resolveRaftConfig(options.raft);
    assert("config" in resolved, `swarm options: ${JSON.stringify(resolved)}`);
    return new RaftDriver({
      self: this.key,
      cluster,
      startCounter: this.startCounter,
      config: resolved.config,
      logStore: this.#createLogStore(),
      stateMachine: observeStateMachine(new KvStateMachine(this.state), this, suite),
      transport: {
        send: (message) => this.#send(message),
        sendSnapshot: (header, source, done) => {
          new SnapshotStream(this.#world, this, { header, source, done }).open();
        },
      },
      rng: new Dice(options.seed, `node ${this.key} ${this.startCounter}`),
      schedule: (turn) => {
        scheduler.after(dice.uniform(0, TURN_DELAY_MS_MAX), () => this.enter(turn));
      },
      nowMs: () => this.machine.clock.monotonicMs(),
      observer: { poisoned: (error) => this.#blame(error) },
    });
  }

  #createLogStore(): ReturnType<typeof createLogStore> {
    const { suite, counters } = this.#world;
    const session = this.#session;
    const store = createLogStore(session, {
      writing: (batch) => {
        if (batch.install !== undefined) counters.add("snapshot install");
        suite.writing(this, batch);
        this.#traceBatch(batch.entries.length, batch.install?.meta.index ?? 0);
      },
      compacting: (index) => {
        counters.add("compaction");
        suite.compacting(this, index, readAppliedPosition(session.durable.state).index);
      },
    });
    return {
      ...store,
      write: (batch, done) => store.write(batch, (error) => this.enter(() => done(error))),
    };
  }

  #tick(): void {
    const delayMs = this.#world.options.tickMs / this.machine.clock.rate;
    this.#world.scheduler.after(delayMs, () => {
      if (!this.#alive) return;
      this.enter(() => this.driver.tick());
      this.#tick();
    });
  }

  #send(message: Message): void {
    this.#world.suite.sent(this, message);
    this.#outgoing.push(message);
  }

  /** The event is over: lets the checkers see what it changed, and the messages go. */
  #settle(): void {
    const { suite, counters, trace } = this.#world;
    const before = this.status;
    const after = observedStatus(this.driver.view());
    this.status = after;
    suite.stepped(this, before, after);
    if (before.role !== after.role || before.term !== after.term) {
      if (after.role === "leader") counters.add("leader elected");
      const text = trace.readable ? `${after.role} in term ${after.term}` : undefined;
      trace.record("role", this.label, after.term, after.role.length, text);
    }
    if (before.commitIndex !== after.commitIndex) {
      const text = trace.readable ? `${before.commitIndex} to ${after.commitIndex}` : undefined;
      trace.record("commit", this.label, before.commitIndex, after.commitIndex, text);
    }
    if (this.#outgoing.length > 0) this.#flush();
    if (this.#failed) this.machine.crash();
  }

  /** Everything for one peer travels together. */
  #flush(): void {
    const messages = this.#outgoing;
    this.#outgoing = [];
    const frames = new Map<MemberKey, Message[]>();
    for (const message of messages) {
      const frame = frames.get(message.to);
      if (frame === undefined) frames.set(message.to, [message]);
      else frame.push(message);
    }
    const { network, trace, cluster, options } = this.#world;
    for (const [to, frame] of frames) {
      const target = this.#world.machineOf(to);
      if (target === undefined) continue;
      if (trace.readable) trace.print("send", this.label, `to ${target.label}: ${describe(frame)}`);
      const header = { cluster, from: this.key, to };
      // As bytes, as between real processes, or as they are, which is faster.
      const bytes = options.encodesMessages ? encodeMessages(header, frame) : undefined;
      network.send(this.label, target.label, () => {
        this.#deliver(target, to, bytes === undefined ? frame : decoded(bytes, header));
      });
    }
  }

  #deliver(target: Machine, to: MemberKey, frame: readonly Message[]): void {
    const node = target.node;
    // The handshake of a connection proves the key: a frame for another one is never delivered.
    if (node === undefined || node.key !== to) return;
    const { trace } = this.#world;
    const text = trace.readable ? `from ${this.label}: ${describe(frame)}` : undefined;
    trace.record("deliver", target.label, this.label, frame.length, text);
    node.enter(() => node.driver.receive(frame));
  }

  #traceBatch(entries: number, installed: number): void {
    const { trace } = this.#world;
    const at = this.log.lastIndex;
    const text = trace.readable
      ? `${entries} entries at ${at}${installed > 0 ? `, snapshot at ${installed}` : ""}`
      : undefined;
    trace.record("write", this.label, at * 64 + entries, installed, text);
  }

  #blame(thrown: unknown): void {
    this.#failed = true;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    if (message === DISK_FAILURE) return;
    const name = thrown instanceof Error ? thrown.name : "Error";
    this.#world.suite.report(
      name === "InvariantViolation" ? "Invariant of the core" : "No Exception",
      `node ${this.label}: ${message}`,
    );
    if (thrown instanceof Error) this.#world.trace.print("fault", this.label, thrown.stack ?? "");
  }
}

function decoded(bytes: Uint8Array, header: FrameHeader): readonly Message[] {
  const frame = decodeMessages(bytes, header);
  assert(frame.kind === "messages", "a frame that is addressed well is taken for another's");
  return frame.messages;
}

function describe(frame: readonly Message[]): string {
  return frame.map(describeMessage).join(", ");
}

function describeMessage(message: Message): string {
  const facts = Object.entries(message).flatMap(([name, value]) => {
    if (name === "kind" || name === "from" || name === "to") return [];
    if (name === "entries") return [`entries ${(value as readonly unknown[]).length}`];
    if (name === "context")
      return [`context ${message.kind.includes("read") ? JSON.stringify(value) : ""}`];
    return [`${name} ${String(value)}`];
  });
  return `${message.kind} (${facts.join(", ")})`;
}
