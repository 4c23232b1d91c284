/**
 * How long clients can't write when the leader dies or is told to stop: three processes on
 * RocksDB with default timing. Clients write all the time, one request in flight each, and go to
 * the next node after a failure.
 */

import assert from "node:assert/strict";
import { eventually } from "@caucus/base/testing";
import { ask, clusterView, type NodeProcess, ProcessCluster } from "@caucus/cli/testing";

export interface FailoverBenchOptions {
  /** SIGKILLs of leaders. */
  readonly kills: number;
  /** SIGTERMs of leaders. */
  readonly stops: number;
  readonly clients: number;
}

/** One line: what was done to the leader, and the interruptions in ms, one for each time. */
export interface FailoverRow {
  readonly event: string;
  readonly measured: string;
  readonly interruptionsMs: readonly number[];
}

/** How long the clients write undisturbed before and after an event. */
const CALM_MS = 1_000;

interface Acknowledgement {
  readonly atMs: number;
  readonly term: number;
}

class Clients {
  readonly #nodes: readonly NodeProcess[];
  readonly #acknowledgements: Acknowledgement[] = [];
  readonly #loops: readonly Promise<void>[];
  #isStopping = false;

  constructor(nodes: readonly NodeProcess[], count: number) {
    this.#nodes = nodes;
    this.#loops = Array.from({ length: count }, (_, client) => this.#write(client));
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#loops);
  }

  /** From `sinceMs` to the first acknowledged write of a term after `term`. */
  interruption(sinceMs: number, term: number): Promise<number> {
    return eventually("the next leader acknowledges a write", () => {
      const first = this.#acknowledgements.find((write) => write.term > term);
      assert.ok(first !== undefined);
      return first.atMs - sinceMs;
    });
  }

  /** Longest time between two acknowledged writes since `sinceMs`. */
  longestGap(sinceMs: number): number {
    const times = this.#acknowledgements.map(({ atMs }) => atMs).filter((atMs) => atMs >= sinceMs);
    return Math.max(...times.map((atMs, position) => atMs - (times[position - 1] ?? sinceMs)));
  }

  async #write(client: number): Promise<void> {
    let position = client;
    for (let count = 0; !this.#isStopping; count++) {
      const node = this.#nodes[position % this.#nodes.length] as NodeProcess;
      const json = { key: `client-${client}`, value: `${count}` };
      const answer = await ask(node, "/api/write", { json }).catch(() => undefined);
      if (answer?.status === 200) {
        const { term } = answer.body as { readonly term: number };
        this.#acknowledgements.push({ atMs: performance.now(), term });
      } else {
        position += 1;
      }
    }
  }
}

export async function benchFailover(options: FailoverBenchOptions): Promise<FailoverRow[]> {
  const cluster = await ProcessCluster.start({ ports: "shared" });
  const clients = new Clients(cluster.nodes, options.clients);
  try {
    const nothing = await repeat(options.stops, async () => {
      const sinceMs = performance.now();
      await pause(2 * CALM_MS);
      return clients.longestGap(sinceMs);
    });
    const killed = await repeat(options.kills, async () => {
      const leader = await cluster.leader();
      const { term } = await clusterView(leader);
      const killedMs = performance.now();
      const [, interruptionMs] = await Promise.all([
        leader.kill("SIGKILL"),
        clients.interruption(killedMs, term),
      ]);
      await bringBack(cluster, leader);
      return interruptionMs;
    });
    const stopped = await repeat(options.stops, async () => {
      const leader = await cluster.leader();
      const sinceMs = performance.now();
      await leader.kill("SIGTERM");
      await pause(CALM_MS);
      const gapMs = clients.longestGap(sinceMs);
      await bringBack(cluster, leader);
      return gapMs;
    });
    const gap = "longest gap between two acknowledged writes";
    return [
      { event: "nothing happens", measured: gap, interruptionsMs: nothing },
      {
        event: "kill -9 of the leader",
        measured: "from the kill to the first write acknowledged by the next leader",
        interruptionsMs: killed,
      },
      { event: "SIGTERM of the leader", measured: gap, interruptionsMs: stopped },
    ];
  } finally {
    await clients.stop();
    await cluster.stop();
  }
}

export function printFailovers(rows: readonly FailoverRow[]): void {
  console.log("| event | measured | times | median ms | worst ms |");
  console.log("|---|---|---|---|---|");
  for (const { event, measured, interruptionsMs } of rows) {
    const sorted = interruptionsMs.toSorted((left, right) => left - right);
    const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
    const medianMs = middle.reduce((sum, each) => sum + each, 0) / middle.length;
    const figures = [medianMs, Math.max(...sorted)].map((ms) => ms.toFixed(0));
    console.log(`| ${[event, measured, sorted.length, ...figures].join(" | ")} |`);
  }
  console.log();
}

async function repeat(times: number, measure: () => Promise<number>): Promise<number[]> {
  const results: number[] = [];
  for (let round = 0; round < times; round++) results.push(await measure());
  return results;
}

async function bringBack(cluster: ProcessCluster, node: NodeProcess): Promise<void> {
  await node.start();
  await cluster.ready();
  await pause(CALM_MS);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
