/**
 * Whole gossip clusters in virtual time at an interval of 300 ms, beside what was measured with the
 * Rust library at the same settings. All nodes start at once and know one seed; a datagram takes up
 * to 1 ms.
 *
 * Death is measured twice. With the default initial interval of 5 s, five intervals of that length are
 * in the mean at the start, so that a death in the first seconds can't be seen in less than about 8 s: the
 * Rust figures, taken just after the start, fit an initial interval of 300 ms. The last column is with
 * the defaults after 30 s of life.
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

const LIFE_MS = 30_000;
const SHORT_PRIOR = { initialIntervalMs: INTERVAL_MS };

export async function benchGossipClusters(): Promise<readonly BenchRow[]> {
  const rows: string[][] = [];
  for (const [size, rust] of SIZES) {
    const convergence: number[] = [];
    const kilobytes: number[] = [];
    const firstDeath: number[] = [];
    const lastDeath: number[] = [];
    const settledDeath: number[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const early = await startCluster(size, seed, 0, SHORT_PRIOR);
      convergence.push(converge(early, size));
      const death = await kill(early, size, seed);
      firstDeath.push(death.firstS);
      lastDeath.push(death.lastS);
      await early.close();
      // Later deaths take as long in large clusters as in small ones, and far longer to compute.
      const settled = await startCluster(size, seed, 0, {});
      converge(settled, size);
      kilobytes.push(kilobytesPerSecond(settled));
      if (size <= 40) {
        settled.time.runFor(LIFE_MS);
        settledDeath.push((await kill(settled, size, seed)).lastS);
      }
      await settled.close();
    }
    rows.push([
      String(size),
      medianAndRange(convergence, 2),
      rust.convergence,
      medianAndRange(kilobytes, 1),
      rust.kilobytes,
      medianAndRange(firstDeath, 2),
      medianAndRange(lastDeath, 2),
      rust.death,
      settledDeath.length === 0 ? "–" : medianAndRange(settledDeath, 2),
    ]);
  }
  printTable(HEADER, rows);
  await benchLoss();
  return [];
}

const HEADER: readonly string[] = [
  "nodes",
  "convergence s",
  "Rust",
  "kB/s per node",
  "Rust",
  "death seen by the first s",
  "by all s",
  "Rust",
  "by all after 30 s, defaults",
];

async function startCluster(
  size: number,
  seed: number,
  lossRate: number,
  rules: typeof SHORT_PRIOR | Record<string, never>,
): Promise<VirtualCluster> {
  const cluster = new VirtualCluster(seed, { gossipIntervalMs: INTERVAL_MS, ...rules });
  cluster.network.setFaults({ ...DELAY, lossRate });
  // A digest entry has 41 bytes and the name: these lengths are the ones of the other figures.
  for (let index = 0; index < size; index++) {
    await cluster.start(index, { nodeId: `node-${index}` });
  }
  return cluster;
}

function converge(cluster: VirtualCluster, size: number): number {
  const isLive = (): boolean => cluster.nodes.every((node) => node.liveNodes().length === size);
  const tookMs = cluster.time.runUntil(isLive, 60_000);
  assert(tookMs !== undefined, "the cluster did not converge");
  return tookMs / 1_000;
}

function kilobytesPerSecond({ nodes, time }: VirtualCluster): number {
  const sent = (): number => nodes.reduce((sum, node) => sum + node.stats().bytesSent, 0);
  const before = sent();
  time.runFor(6_000);
  return (sent() - before) / nodes.length / 6 / 1_000;
}

interface Death {
  readonly firstS: number;
  readonly lastS: number;
}

async function kill({ nodes, time }: VirtualCluster, size: number, seed: number): Promise<Death> {
  const victim = nodes[1 + (seed % (size - 1))];
  const others = nodes.filter((node) => node !== victim);
  await victim?.close();
  const killedMs = time.monotonicMs();
  const sees = (node: (typeof nodes)[number]): boolean => node.liveNodes().length < size;
  time.runUntil(() => others.some(sees), 60_000);
  const firstS = (time.monotonicMs() - killedMs) / 1_000;
  time.runUntil(() => others.every(sees), 60_000);
  return { firstS, lastS: (time.monotonicMs() - killedMs) / 1_000 };
}

async function benchLoss(): Promise<void> {
  const rows: string[][] = [];
  for (const [prior, rules] of [
    ["5 s", {}],
    ["0.3 s", SHORT_PRIOR],
  ] as const) {
    for (const size of [10, 40]) {
      const convergence: number[] = [];
      let deaths = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const cluster = await startCluster(size, seed, 0.5, rules);
        convergence.push(converge(cluster, size));
        for (const node of cluster.nodes) {
          node.subscribeMembership(({ kind }) => {
            if (kind === "node-down") deaths++;
          });
        }
        cluster.time.runFor(30_000);
        await cluster.close();
      }
      rows.push([
        String(size),
        prior,
        medianAndRange(convergence, 2),
        "2.7–4.8",
        String(deaths),
        "0",
      ]);
    }
  }
  console.log("\nHalf of all datagrams lost:\n");
  printTable(
    [
      "nodes",
      "initial interval",
      "convergence s",
      "Rust",
      `called dead in 30 s, ${SEEDS} runs`,
      "Rust",
    ],
    rows,
  );
}
