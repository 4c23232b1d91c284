/**
 * One client: one request at a time, to any node, with retries. It knows what it may repeat. A
 * request that was certainly not appended may be sent again; one whose fate is unknown only
 * inside a session, with the same sequence number. Reads may always be repeated.
 */
import type { CommandResult, SessionTag } from "@caucus/kv";
import type { ProposalOutcome } from "@caucus/raft";
import type { ClientSuite } from "./checkers/client-suite.ts";
import type { ClientHistory, Operation, OperationInput } from "./client-history.ts";
import { commandOf, keyBytes, outputOf, seen } from "./client-wire.ts";
import type { Dice } from "./dice.ts";
import type { Machine } from "./machine.ts";
import type { Timer } from "./scheduler.ts";
import type { ReadReply, SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

/** What one attempt came to. */
type Attempt =
  | { readonly kind: "result"; readonly result: CommandResult | undefined }
  | { readonly kind: "read"; readonly reply: ReadReply }
  | { readonly kind: "not-applied"; readonly leader: number | undefined }
  | { readonly kind: "unknown" };

interface Request {
  /** Undefined for the opening of a session. */
  readonly operation: Operation | undefined;
  readonly input: OperationInput | { readonly kind: "open-session" };
  readonly tag: SessionTag | undefined;
  attempts: number;
  /** An attempt may have been applied, or may still be. */
  isUncertain: boolean;
}

export interface ClientParts {
  readonly world: World;
  readonly dice: Dice;
  readonly history: ClientHistory;
  readonly checkers: ClientSuite;
}

const ATTEMPTS_MAX = 12;

export class Client {
  readonly #id: number;
  readonly #world: World;
  readonly #dice: Dice;
  readonly #history: ClientHistory;
  readonly #checkers: ClientSuite;
  readonly #usesSession: boolean;
  /** Chance of a get; some clients hardly ever write. */
  readonly #readShare: number;
  /** Chance to ask any node instead of the one that answered last. */
  readonly #wanderRate: number;
  #session: number | undefined;
  #sequence = 0;
  #values = 0;
  /** Label of the node that is asked next. */
  #target: number;
  #isFinishing = false;
  #isFinished = false;
  /** The version that it saw last, by key: what compare-and-set expects. */
  readonly #versions = new Map<string, number>();

  constructor(id: number, parts: ClientParts) {
    this.#id = id;
    this.#world = parts.world;
    this.#dice = parts.dice;
    this.#history = parts.history;
    this.#checkers = parts.checkers;
    this.#usesSession = parts.dice.chance(parts.world.options.workload.sessionShare);
    const { readShare } = parts.world.options.workload;
    this.#readShare = parts.dice.chance(0.3) ? 0.95 : readShare;
    this.#wanderRate = parts.dice.pick([0, 0.1, 0.7]);
    this.#target = parts.dice.between(1, parts.world.machines.length);
  }

  /** Its last write, sent after {@link finish}, was acknowledged, and it has stopped. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  run(): void {
    const { pauseMs } = this.#world.options.workload;
    this.#world.scheduler.after(this.#dice.exponential(pauseMs), () => this.#next());
  }

  /** One more acknowledged write, then nothing. */
  finish(): void {
    this.#isFinishing = true;
  }

  #next(): void {
    const { workload } = this.#world.options;
    const key = `k${this.#dice.integer(workload.keys)}`;
    if (this.#isFinishing) this.#begin(key, { kind: "put", value: this.#newValue() });
    else if (this.#usesSession && this.#session === undefined) {
      this.#send({
        operation: undefined,
        input: { kind: "open-session" },
        tag: undefined,
        attempts: 0,
        isUncertain: false,
      });
    } else if (this.#dice.chance(workload.localReadShare)) this.#readLocally(key);
    else this.#begin(key, this.#chooseInput(key));
  }

  #chooseInput(key: string): OperationInput {
    const { workload } = this.#world.options;
    const dice = this.#dice;
    if (dice.chance(this.#readShare)) return { kind: "get" };
    if (dice.chance(workload.deleteShare)) return { kind: "delete" };
    if (dice.chance(workload.getAndSetShare)) {
      return { kind: "get-and-set", value: this.#newValue() };
    }
    if (dice.chance(workload.compareAndSetShare)) {
      const expectedVersion = dice.chance(0.1) ? 0 : (this.#versions.get(key) ?? 0);
      return { kind: "compare-and-set", value: this.#newValue(), expectedVersion };
    }
    return { kind: "put", value: this.#newValue() };
  }

  #newValue(): string {
    return `c${this.#id}-${++this.#values}`;
  }

  #begin(key: string, input: OperationInput): void {
    const operation = this.#history.invoke(this.#id, key, input);
    this.#checkers.invoked(operation);
    if (this.#dice.chance(this.#wanderRate)) this.#target = this.#anyLabel();
    let tag: SessionTag | undefined;
    if (input.kind !== "get" && this.#session !== undefined) {
      const sequence = ++this.#sequence;
      tag = { session: this.#session, sequence, lowestUnanswered: sequence };
    }
    this.#send({ operation, input, tag, attempts: 0, isUncertain: false });
  }

  /** One attempt: request, answer, and a timer that ends the wait for it. */
  #send(request: Request): void {
    const { scheduler, network, machines, options } = this.#world;
    const { lossRate } = options.workload;
    const timeoutMs = this.#timeoutMs(request);
    const machine = machines[this.#target - 1] as Machine;
    let isOver = false;
    let timer: Timer | undefined;
    const end = (attempt: Attempt): void => {
      if (isOver) return;
      isOver = true;
      timer?.cancel();
      this.#ended(request, attempt);
    };
    const reply = (attempt: Attempt): void => {
      if (isOver || this.#dice.chance(lossRate)) return;
      scheduler.after(network.delayMs(), () => end(attempt));
    };
    timer = scheduler.after(timeoutMs, () => end({ kind: "unknown" }));
    if (this.#dice.chance(lossRate)) return;
    scheduler.after(network.delayMs(), () => {
      const node = machine.node;
      // A refused connection carries nothing.
      if (node === undefined) reply({ kind: "not-applied", leader: undefined });
      else node.enter(() => this.#ask(node, request, reply));
    });
  }

  #ask(node: SimulatedNode, request: Request, reply: (attempt: Attempt) => void): void {
    const timeoutMs = this.#timeoutMs(request);
    const { input, operation, tag } = request;
    if (input.kind === "open-session") {
      node.write(input, undefined, timeoutMs, (outcome) => reply(this.#attemptOf(outcome)));
      return;
    }
    const key = (operation as Operation).key;
    if (input.kind === "get") {
      node.read(keyBytes(key), timeoutMs, (_outcome, read) => {
        reply(read === undefined ? { kind: "unknown" } : { kind: "read", reply: read });
      });
      return;
    }
    node.write(commandOf(key, input), tag, timeoutMs, (outcome) => reply(this.#attemptOf(outcome)));
  }

  #attemptOf(outcome: ProposalOutcome): Attempt {
    switch (outcome.kind) {
      case "applied":
        return { kind: "result", result: outcome.result as CommandResult | undefined };
      case "unknown":
        return { kind: "unknown" };
      case "not-leader": {
        const leader = outcome.leader;
        const machine = leader === undefined ? undefined : this.#world.machineOf(leader);
        return { kind: "not-applied", leader: machine?.label };
      }
      default:
        return { kind: "not-applied", leader: undefined };
    }
  }

  #ended(request: Request, attempt: Attempt): void {
    request.attempts++;
    const { trace } = this.#world;
    if (trace.readable) {
      const { key, id } = request.operation ?? { key: "", id: 0 };
      trace.print(
        "client",
        0,
        `${this.#id}: operation ${id} ${JSON.stringify(request.input)} ` +
          `${key} at node ${this.#target}: ${JSON.stringify(attempt)}`,
      );
    }
    switch (attempt.kind) {
      case "result":
        this.#answered(request, attempt.result);
        return;
      case "read":
        this.#readAnswered(request.operation as Operation, attempt.reply);
        return;
      case "not-applied":
        this.#target = attempt.leader ?? this.#anyLabel();
        this.#retryOrGiveUp(request);
        return;
      case "unknown":
        this.#target = this.#anyLabel();
        if (request.input.kind !== "get") request.isUncertain = true;
        this.#retryOrGiveUp(request);
        return;
    }
  }

  #retryOrGiveUp(request: Request): void {
    const { scheduler, counters, options } = this.#world;
    const { operation, input, tag, isUncertain } = request;
    const mayRepeat = !isUncertain || tag !== undefined || input.kind === "open-session";
    if (mayRepeat && (request.attempts < ATTEMPTS_MAX || this.#isFinishing)) {
      if (isUncertain) counters.add("write retried in session");
      const pauseMs = this.#dice.uniform(0.2, 1) * (options.raft.heartbeatIntervalMs ?? 100);
      scheduler.after(pauseMs, () => this.#send(request));
      return;
    }
    if (isUncertain) counters.add("write unknown");
    else if (operation !== undefined) {
      this.#history.withdraw(operation);
      this.#checkers.withdrawn(operation);
    }
    this.run();
  }

  #answered(request: Request, result: CommandResult | undefined): void {
    const { operation, input } = request;
    if (operation === undefined || input.kind === "open-session") {
      if (result?.kind === "session") this.#session = result.session;
      this.#sequence = 0;
      this.run();
      return;
    }
    if (result?.kind === "refused") {
      this.#refused(request);
      return;
    }
    const output = outputOf(input, result);
    if (output === undefined) {
      const text = `a ${input.kind} was answered by ${JSON.stringify(result)}`;
      this.#world.suite.report("Answer Of Its Request", `client ${this.#id}: ${text}`);
      return;
    }
    this.#world.counters.add("write acknowledged");
    if (output.kind === "compare-and-set") {
      this.#versions.set(operation.key, output.current.version);
    }
    this.#complete(operation, () => this.#history.complete(operation, output));
    if (this.#isFinishing) this.#isFinished = true;
    else this.run();
  }

  /** Nothing was executed this time; an earlier attempt of the same request may have been. */
  #refused({ operation, isUncertain }: Request): void {
    this.#session = undefined;
    if (!isUncertain && operation !== undefined) {
      this.#history.withdraw(operation);
      this.#checkers.withdrawn(operation);
    }
    this.run();
  }

  #readAnswered(operation: Operation, reply: ReadReply): void {
    const record = seen(reply.record);
    this.#world.counters.add("linearizable read");
    this.#versions.set(operation.key, record.version);
    this.#complete(operation, () => {
      this.#history.complete(operation, { kind: "get", revision: reply.revision, record });
    });
    this.run();
  }

  #complete(operation: Operation, complete: () => void): void {
    complete();
    this.#checkers.answered(operation);
    this.#world.trace.record("client", 0, this.#id, operation.id);
  }

  #readLocally(key: string): void {
    const { scheduler, network, machines, counters } = this.#world;
    const machine = this.#dice.pick(machines);
    scheduler.after(network.delayMs(), () => {
      const node = machine.node;
      node?.enter(() => {
        const { record, revision } = node.localRead(keyBytes(key));
        counters.add("local read");
        this.#checkers.locallyRead({
          client: this.#id,
          node: node.key,
          startCounter: node.startCounter,
          key,
          record: seen(record),
          revision,
        });
      });
    });
    this.run();
  }

  /** Retries that come faster than answers would never let a queue end: wait longer each time. */
  #timeoutMs({ attempts }: Request): number {
    const { timeoutMs } = this.#world.options.workload;
    return this.#isFinishing ? timeoutMs * (1 + attempts) : timeoutMs;
  }

  /** Once everything is healed, clients find the leader. */
  #anyLabel(): number {
    if (this.#isFinishing) {
      const leader = this.#world.machines.find(({ node }) => node?.status.role === "leader");
      if (leader !== undefined) return leader.label;
    }
    return this.#dice.between(1, this.#world.machines.length);
  }
}
