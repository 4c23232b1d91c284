/**
 * The core alone: three members in one process, memory storage, messages handed over by the event
 * loop. Each client has one put in flight. What is measured is the consensus code, the kv state
 * machine and their codecs; no disk and no socket.
 */
import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { assert, createSeededRng } from "@caucus/base";
import { encodeEnvelope } from "@caucus/kv";
import { KvStateMachine } from "@caucus/node/state-machine";
import {
  type Configuration,
  createInitialBatch,
  EMPTY_CONFIGURATION,
  INITIAL_LOG_STATE,
  type LogBatch,
  type LogStore,
  type Message,
  type PeerTransport,
  RAFT_DEFAULTS,
  RaftDriver,
} from "@caucus/raft";
import { openMemoryStorage } from "@caucus/storage";
import type { BenchRow } from "./bench-row.ts";

const VALUE = randomBytes(100);

/** Three saturated members share one thread: a busy machine must not look like a dead leader. */
const CONFIG = { ...RAFT_DEFAULTS, electionTimeoutMs: 3000 };

class EventLoopNetwork {
  readonly drivers: Map<string, RaftDriver> = new Map();
  readonly #queues = new Map<string, Message[]>();

  transport(): PeerTransport {
    return {
      send: (message) => this.#send(message),
      sendSnapshot: (_header, source, done) => {
        source.close();
        setImmediate(() => done("failed"));
      },
    };
  }

  /** All messages to one member in one turn arrive together, as one frame would. */
  #send(message: Message): void {
    const queue = this.#queues.get(message.to);
    if (queue !== undefined) {
      queue.push(message);
      return;
    }
    this.#queues.set(message.to, [message]);
    setImmediate(() => {
      const messages = this.#queues.get(message.to) ?? [];
      this.#queues.delete(message.to);
      this.drivers.get(message.to)?.receive(messages);
    });
  }
}

/** Puts per second with each number of clients, for `durationMs` each. */
export async function benchCore(
  clientCounts: readonly number[],
  durationMs: number,
): Promise<readonly BenchRow[]> {
  const network = new EventLoopNetwork();
  const drivers = await startMembers(network);
  const ticker = setInterval(() => {
    for (const driver of drivers) driver.tick();
  }, RAFT_DEFAULTS.tickMs);
  const leader = await waitForLeader(drivers);
  const rows: BenchRow[] = [];
  for (const clients of clientCounts) {
    await runClients(leader, clients, durationMs / 4);
    const done = await runClients(leader, clients, durationMs);
    rows.push({
      system: "caucus core, in process",
      sync: "memory",
      operation: "put",
      clients,
      perSecond: done / (durationMs / 1000),
    });
  }
  clearInterval(ticker);
  for (const driver of drivers) driver.stop();
  return rows;
}

async function startMembers(network: EventLoopNetwork): Promise<RaftDriver[]> {
  const opened = [1, 2, 3].map((label) => openMemoryStorage({ label }));
  const members = opened.map(({ identity }, position) => ({
    key: identity.current.memberKey,
    label: position + 1,
    rpcAddress: "in-process",
    apiAddress: "in-process",
  }));
  const voters = members.map((member) => member.key);
  const configuration: Configuration = { ...EMPTY_CONFIGURATION, voters, members };
  const drivers: RaftDriver[] = [];
  for (const [position, { logStore, stateStore }] of opened.entries()) {
    const isCreator = position === 0;
    if (isCreator) await written(logStore, createInitialBatch(configuration));
    const self = voters[position] as string;
    const driver = new RaftDriver({
      self,
      cluster: "0".repeat(32),
      startCounter: 1,
      config: CONFIG,
      logStore,
      logState: isCreator ? INITIAL_LOG_STATE : logStore.opened,
      stateMachine: new KvStateMachine(stateStore),
      transport: network.transport(),
      rng: createSeededRng(position),
      schedule: (turn) => void setImmediate(turn),
      nowMs: () => performance.now(),
    });
    network.drivers.set(self, driver);
    drivers.push(driver);
  }
  return drivers;
}

function written(logStore: LogStore, batch: LogBatch): Promise<void> {
  return new Promise((resolve, reject) => {
    logStore.write(batch, (error) => (error === undefined ? resolve() : reject(error)));
  });
}

async function waitForLeader(drivers: readonly RaftDriver[]): Promise<RaftDriver> {
  const deadlineMs = performance.now() + 10_000;
  for (;;) {
    const leader = drivers.find((driver) => driver.view().hasCommittedInTerm);
    if (leader !== undefined) return leader;
    assert(performance.now() < deadlineMs, "no leader within 10 s");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Runs clients that each propose again as soon as they are answered; counts the answers. */
function runClients(leader: RaftDriver, clients: number, durationMs: number): Promise<number> {
  const endMs = performance.now() + durationMs;
  let done = 0;
  let running = clients;
  return new Promise((resolve, reject) => {
    const next = (client: number): void => {
      if (performance.now() >= endMs) {
        running--;
        if (running === 0) resolve(done);
        return;
      }
      const key = Buffer.from(`key-${(client * 31 + done) % 1000}`);
      const data = encodeEnvelope({
        session: undefined,
        leaderTimeMs: Date.now(),
        command: { kind: "put", key, value: VALUE },
      });
      leader.propose(data, endMs + 10_000, (outcome) => {
        if (outcome.kind !== "applied") {
          reject(new Error(`put ended as ${outcome.kind}`));
          return;
        }
        done++;
        next(client);
      });
    };
    for (let client = 0; client < clients; client++) next(client);
  });
}
