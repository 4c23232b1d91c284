/** CPU of one process whose members gossip with each other over real UDP and have nothing to say. */
import { type Chitchat, createChitchat, formatSocketAddress } from "@caucus/chitchat";
import type { BenchRow } from "./bench-row.ts";
import { printTable } from "./gossip-statistics.ts";

const INTERVAL_MS = 500;
const MEASURED_MS = 20_000;

export async function benchGossipIdle(): Promise<readonly BenchRow[]> {
  const rows: string[][] = [];
  for (const size of [5, 100]) rows.push(await measure(size));
  printTable(["members", "CPU of the process %", "CPU of one member %", "RSS MB"], rows);
  return [];
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function measure(size: number): Promise<string[]> {
  const nodes: Chitchat[] = [];
  for (let at = 0; at < size; at++) {
    const seeds = nodes.slice(0, 1).map((node) => formatSocketAddress(node.listenAddress));
    const nodeId = `node-${10_001 + at}`;
    nodes.push(await createChitchat({ nodeId, seeds, gossipIntervalMs: INTERVAL_MS }));
  }
  for (let tries = 0; tries < 200; tries++) {
    if (nodes.every((node) => node.liveNodes().length === size)) break;
    await pause(100);
  }
  await pause(2_000);
  const usage = process.cpuUsage();
  const startMs = performance.now();
  await pause(MEASURED_MS);
  const { user, system } = process.cpuUsage(usage);
  const share = (user + system) / 10 / (performance.now() - startMs);
  for (const node of nodes) await node.close();
  const rss = process.memoryUsage().rss / 1_048_576;
  return [String(size), share.toFixed(2), (share / size).toFixed(3), rss.toFixed(0)];
}
