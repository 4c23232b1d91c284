/**
 * Whole gossip clusters in virtual time at an interval of 300 ms, beside what was measured with the
 * Rust library at the same settings. All nodes start at once and know one seed; a datagram takes up
 * to 1 ms.
 */
import { assert } from "@caucus/base";
import { VirtualCluster } from "@caucus/chitchat/testing";
import type { BenchRow } from "./bench-row.ts";
import { medianAndRange, printTable } from "./gossip-statistics.ts";

const INTERVAL_MS = 300;
const SEEDS = 20;
const DELAY = { delayMinMs: 0, delayMaxMs: 1 };

interface Rust {
  readonly convergence: string;
  readonly kilobytes: string;
  readonly death: string;
}

const SIZES: readonly (readonly [number, Rust])[] = [
  [10, { convergence: "1.2", kilobytes: "10", death: "1–3.3" }],
  [20, { convergence: "1.5", kilobytes: "19.5", death: "3.0, 3.3" }],
  [40, { convergence: "1.8", kilobytes: "39", death: "1.5–3.3" }],
  [100, { convergence: "2.0", kilobytes: "97", death: "0.6, 1.2" }],
];

interface Run {
  readonly convergenceS: number;
  readonly kilobytesPerS: number;
  readonly firstDeathS: number;
  readonly lastDeathS: number;
}

export async function benchGossipClusters(): Promise<readonly BenchRow[]> {
  const rows: string[][] = [];
  for (const [size, rust] of SIZES) {
    const runs: Run[] = [];
    const settled: Run[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      runs.push(await measure(size, seed, 0));
      // A minute later the detector has forgotten how slow it was made to begin.
      if (size <= 40) settled.push(await measure(size, seed, 60_000));
    }
    rows.push([
      String(size),
      medianAndRange(
        runs.map((run) => run.convergenceS),
        2,
      ),
      rust.convergence,
      medianAndRange(
        runs.map((run) => run.kilobytesPerS),
        1,
      ),
      rust.kilobytes,
      medianAndRange(
        runs.map((run) => run.firstDeathS),
        2,
      ),
      medianAndRange(
        runs.map((run) => run.lastDeathS),
        2,
      ),
      rust.death,
      settled.length === 0
        ? "–"
        : medianAndRange(
            settled.map((run) => run.lastDeathS),
            2,
          ),
    ]);
  }
  printTable(
    [
      "nodes",
      "convergence s",
      "Rust",
      "kB/s per node",
      "Rust",
      "death seen by the first s",
      "by all s",
      "Rust",
      "by all, after 60 s of life",
    ],
    rows,
  );
  await benchLoss();
  return [];
}

async function startCluster(size: number, seed: number, lossRate: number): Promise<VirtualCluster> {
  const cluster = new VirtualCluster(seed, { gossipIntervalMs: INTERVAL_MS });
  cluster.network.setFaults({ ...DELAY, lossRate });
  await cluster.startAll(size);
  return cluster;
}

function converge(cluster: VirtualCluster, size: number): number {
  const isLive = (): boolean => cluster.nodes.every((node) => node.liveNodes().length === size);
  const tookMs = cluster.time.runUntil(isLive, 60_000);
  assert(tookMs !== undefined, "the cluster did not converge");
  return tookMs / 1_000;
}

async function measure(size: number, seed: number, lifeMs: number): Promise<Run> {
  const cluster = await startCluster(size, seed, 0);
  const { time, nodes } = cluster;
  const convergenceS = converge(cluster, size);
  time.runFor(lifeMs);
  const victim = nodes[1 + (seed % (size - 1))];
  const others = nodes.filter((node) => node !== victim);
  const sent = (): number => nodes.reduce((sum, node) => sum + node.stats().bytesSent, 0);
  const before = sent();
  time.runFor(5_000);
  const kilobytesPerS = (sent() - before) / size / 5 / 1_000;
  await victim?.close();
  const killedMs = time.monotonicMs();
  const sees = (node: (typeof nodes)[number]): boolean => node.liveNodes().length < size;
  time.runUntil(() => others.some(sees), 60_000);
  const firstDeathS = (time.monotonicMs() - killedMs) / 1_000;
  time.runUntil(() => others.every(sees), 60_000);
  const lastDeathS = (time.monotonicMs() - killedMs) / 1_000;
  await cluster.close();
  return { convergenceS, kilobytesPerS, firstDeathS, lastDeathS };
}

async function benchLoss(): Promise<void> {
  const rows: string[][] = [];
  for (const size of [10, 40]) {
    const convergence: number[] = [];
    let deaths = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const cluster = await startCluster(size, seed, 0.5);
      convergence.push(converge(cluster, size));
      for (const node of cluster.nodes) {
        node.subscribeMembership(({ kind }) => {
          if (kind === "node-down") deaths++;
        });
      }
      cluster.time.runFor(30_000);
      await cluster.close();
    }
    rows.push([String(size), medianAndRange(convergence, 2), "2.7–4.8", String(deaths), "0"]);
  }
  console.log("\nHalf of all datagrams lost:\n");
  printTable(
    ["nodes", "convergence s", "Rust", `live nodes called dead in 30 s, ${SEEDS} runs`, "Rust"],
    rows,
  );
}
