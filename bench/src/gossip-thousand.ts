/**
 * Clusters of up to a thousand nodes and beyond, in virtual time: rounds until everybody counts
 * everybody as live, bytes per node and round, and what a round costs. The last size has more nodes
 * than a digest has room for.
 */
import { VirtualCluster } from "@caucus/chitchat/testing";
import type { BenchRow } from "./bench-row.ts";
import { printTable } from "./gossip-statistics.ts";

const INTERVAL_MS = 300;
const ROUNDS_MAX = 12;
const SIZES: readonly number[] = [100, 250, 500, 1_000, 1_300];

export async function benchGossipThousand(): Promise<readonly BenchRow[]> {
  const rows: string[][] = [];
  for (const size of SIZES) rows.push(await measure(size));
  printTable(
    [
      "nodes",
      "rounds to know all",
      "rounds to count all live",
      "kB sent per node and round",
      "CPU ms per node and round",
      "largest datagram",
      "least known, least live at the end",
    ],
    rows,
  );
  return [];
}

async function measure(size: number): Promise<string[]> {
  const cluster = new VirtualCluster(size, { gossipIntervalMs: INTERVAL_MS });
  cluster.network.setFaults({ delayMinMs: 0, delayMaxMs: 1 });
  await cluster.startAll(size);
  const { time, nodes } = cluster;
  let knownAt: number | undefined;
  let liveAt: number | undefined;
  let rounds = 0;
  while (rounds < ROUNDS_MAX && liveAt === undefined) {
    time.runFor(INTERVAL_MS);
    rounds++;
    if (nodes.every((node) => node.nodeStates().length === size)) knownAt ??= rounds;
    if (nodes.every((node) => node.liveNodes().length === size)) liveAt ??= rounds;
  }
  const sent = (): number => nodes.reduce((sum, node) => sum + node.stats().bytesSent, 0);
  const before = sent();
  const usage = process.cpuUsage();
  time.runFor(2 * INTERVAL_MS);
  const { user, system } = process.cpuUsage(usage);
  const perNode = 2 * size;
  const least = (count: (node: (typeof nodes)[number]) => number): number =>
    Math.min(...nodes.map(count));
  const row = [
    String(size),
    String(knownAt ?? "never"),
    String(liveAt ?? "never"),
    ((sent() - before) / perNode / 1_000).toFixed(1),
    ((user + system) / 1_000 / perNode).toFixed(2),
    String(Math.max(...nodes.map((node) => node.stats().largestSent))),
    `${least((node) => node.nodeStates().length)}, ${least((node) => node.liveNodes().length)}`,
  ];
  await cluster.close();
  console.error(`gossip-thousand: ${row.join(" | ")}`);
  return row;
}
