/**
 * Whole nodes in one process: memory storage and real gRPC on 127.0.0.1. Each address is a socket
 * server of the test that hands its connections to the node behind it, as the HTTP port does.
 */
import { createServer, type Server, type Socket } from "node:net";
import { CaucusError } from "@caucus/base";
import type { RaftOptions } from "@caucus/raft";
import type { OpenedStorage } from "@caucus/storage";
import { ClusterNode } from "../src/cluster-node.ts";
import { type NodeOptions, resolveNodeConfig } from "../src/node-options.ts";
import { SYSTEM_SURROUNDINGS } from "../src/system-surroundings.ts";
import { DurableMemory } from "./durable-memory.ts";

/** These tests mostly wait for elections: a few at a time do so together. */
export const CONCURRENTLY = { concurrency: 3 } as const;

export const FAST_RAFT: RaftOptions = { electionTimeoutMs: 300, heartbeatIntervalMs: 50 };

/** An address and the node that lives there, if one runs. */
export class TestNode {
  readonly label: number;
  readonly address: string;
  disk: DurableMemory;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #node: ClusterNode | undefined;

  constructor(label: number, server: Server) {
    this.label = label;
    this.#server = server;
    this.disk = DurableMemory.create(label);
    this.address = `127.0.0.1:${portOf(server)}`;
    server.on("connection", (socket: Socket) => this.#accept(socket));
  }

  get node(): ClusterNode {
    if (this.#node === undefined) throw new Error(`node ${this.label} does not run`);
    return this.#node;
  }

  get service(): ClusterNode["service"] {
    return this.node.service;
  }

  async start(options: Partial<NodeOptions> = {}, storage?: OpenedStorage): Promise<void> {
    const config = resolveNodeConfig({
      label: this.label,
      rpcAddress: this.address,
      apiAddress: this.address,
      storage: "memory",
      raft: FAST_RAFT,
      replaceAfterMs: 700,
      settleMs: 300,
      ...options,
    });
    this.#node = new ClusterNode(config, storage ?? this.disk.open(), SYSTEM_SURROUNDINGS);
    await this.#node.start();
  }

  /** A start after the last stop; nothing is kept in the process but the disk. */
  async stop(): Promise<void> {
    const node = this.#node;
    this.#node = undefined;
    await node?.stop();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** The data directory is lost: the next start is a new member under the old label. */
  wipe(): void {
    this.disk = DurableMemory.create(this.label);
  }

  async close(): Promise<void> {
    await this.stop();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    if (this.#node === undefined) socket.destroy();
    else this.#node.injectConnection(socket);
  }
}

function listen(): Promise<Server> {
  const server = createServer();
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function portOf(server: Server): number {
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no port");
  return bound.port;
}

type Nodes<Count extends 1 | 2 | 3 | 4> = Count extends 1
  ? readonly [TestNode]
  : Count extends 2
    ? readonly [TestNode, TestNode]
    : Count extends 3
      ? readonly [TestNode, TestNode, TestNode]
      : readonly [TestNode, TestNode, TestNode, TestNode];

/** Runs `body` with so many addresses, whose nodes are not started, and ends everything after. */
export async function withNodes<Count extends 1 | 2 | 3 | 4>(
  count: Count,
  body: (nodes: Nodes<Count>) => Promise<void>,
): Promise<void> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen()));
  // Rule 2 goes by address: sorted, so that node 1 has the lowest one.
  const sorted = servers.sort((a, b) => portOf(a) - portOf(b));
  const nodes = sorted.map((server, index) => new TestNode(index + 1, server));
  try {
    await body(nodes as unknown as Nodes<Count>);
  } finally {
    await Promise.all(nodes.map((node) => node.close()));
  }
}

/** Starts all of them with all addresses listed, and waits until every one is a ready voter. */
export async function formCluster(
  nodes: readonly TestNode[],
  options: Partial<NodeOptions> = {},
): Promise<void> {
  const join = nodes.map((node) => node.address);
  await Promise.all(nodes.map((node) => node.start({ join, ...options })));
  await Promise.all(nodes.map((node) => isReady(node)));
}

export async function isReady(node: TestNode): Promise<void> {
  await until(
    () => node.service.readiness().ready,
    () => `node ${node.label} is ready: ${node.service.readiness().reasons.join("; ")}`,
  );
}

/** The one that leads, once somebody does. */
export async function leaderOf(nodes: readonly TestNode[]): Promise<TestNode> {
  const find = (): TestNode | undefined =>
    nodes.find((node) => node.service.status().role === "leader");
  await until(
    () => find() !== undefined,
    () => "somebody leads",
  );
  return find() ?? leaderOf(nodes);
}

export async function followersOf(nodes: readonly TestNode[]): Promise<readonly TestNode[]> {
  const leader = await leaderOf(nodes);
  return nodes.filter((node) => node !== leader);
}

/** Bounded polling. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: () => string,
  timeoutMs = 20_000,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export async function put(
  node: TestNode,
  key: string,
  value: string,
  timeoutMs = 5_000,
): Promise<void> {
  const command = { kind: "put", key: encoder.encode(key), value: encoder.encode(value) } as const;
  await node.service.write(command, { timeoutMs });
}

export async function get(
  node: TestNode,
  key: string,
  consistency: "linearizable" | "local" = "linearizable",
): Promise<string | undefined> {
  const record = await node.service.get(encoder.encode(key), { consistency });
  return record === undefined ? undefined : decoder.decode(record.value);
}

/** The CaucusError that the promise rejects with, and after how many ms. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ readonly error: CaucusError; readonly afterMs: number }> {
  const beginMs = performance.now();
  try {
    await promise;
  } catch (thrown) {
    const error = CaucusError.from(thrown);
    return { error, afterMs: performance.now() - beginMs };
  }
  throw new Error("it did not fail");
}

/** Until the sentences of `/readyz` match. */
export function saysWhy(node: TestNode, pattern: RegExp): Promise<void> {
  const reasons = (): string => node.service.readiness().reasons.join("; ");
  return until(
    () => pattern.test(reasons()),
    () => `node ${node.label} says ${pattern}, it says: ${reasons()}`,
  );
}

export function labelsOf(node: TestNode, role: "voter" | "learner"): readonly number[] {
  const { peers } = node.service.status();
  return peers.filter((peer) => peer.role === role).map((peer) => peer.member.label);
}
