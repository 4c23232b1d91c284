/**
 * Whole gossip clusters in virtual time at an interval of 300 ms, beside what was measured with the
 * Rust library at the same settings. All nodes start at once and know one seed; a datagram takes up
 * to 1 ms.
 *
 * Death is measured as the Rust library's test does: with an initial interval of 300 ms, the last node
 * ends as soon as the second one sees all nodes live, and the second one is watched alone. Beside it
 * stands when all have seen it, and when all have after 30 s of life with the default initial interval
 * of 5 s.
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

/** The node whose view the Rust library's test takes. */
const WATCHER = 1;
const LIFE_MS = 30_000;
const SHORT_PRIOR = { initialIntervalMs: INTERVAL_MS };

export async function benchGossipClusters(): Promise<readonly BenchRow[]> {
  const rows: string[][] = [];
  for (const [size, rust] of SIZES) {
    const convergence: number[] = [];
    const kilobytes: number[] = [];
    const oneSeesDeath: number[] = [];
    const allSeeDeath: number[] = [];
    const settledDeath: number[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const early = await startCluster(size, seed, 0, SHORT_PRIOR);
      converge(early, size, early.nodes.slice(WATCHER, WATCHER + 1));
      const death = await killLast(early);
      oneSeesDeath.push(death.oneS);
      allSeeDeath.push(death.allS);
      await early.close();
      // Later deaths take as long in large clusters as in small ones, and far longer to compute.
      const settled = await startCluster(size, seed, 0, {});
      convergence.push(converge(settled, size));
      kilobytes.push(kilobytesPerSecond(settled));
      if (size <= 40) {
        settled.time.runFor(LIFE_MS);
        settledDeath.push((await killLast(settled)).allS);
      }
      await settled.close();
    }
    rows.push([
      String(size),
      medianAndRange(convergence, 2),
      rust.convergence,
      medianAndRange(kilobytes, 1),
      rust.kilobytes,
      medianAndRange(oneSeesDeath, 2),
      rust.death,
      medianAndRange(allSeeDeath, 2),
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
  "death seen by one s",
  "Rust",
  "by all s",
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

function converge(
  cluster: VirtualCluster,
  size: number,
  watched: VirtualCluster["nodes"] = cluster.nodes,
): number {
  const isLive = (): boolean => watched.every((node) => node.liveNodes().length === size);
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
  readonly oneS: number;
  readonly allS: number;
}

async function killLast({ nodes, time }: VirtualCluster): Promise<Death> {
  const victim = nodes.at(-1);
  assert(victim !== undefined, "a cluster has nodes");
  const others = nodes.filter((node) => node !== victim);
  await victim.close();
  const killedMs = time.monotonicMs();
  const sees = (node: (typeof nodes)[number]): boolean =>
    !node.liveNodes().some(({ nodeId }) => nodeId === victim.id.nodeId);
  time.runUntil(() => others.slice(WATCHER, WATCHER + 1).every(sees), 60_000);
  const oneS = (time.monotonicMs() - killedMs) / 1_000;
  time.runUntil(() => others.every(sees), 60_000);
  return { oneS, allS: (time.monotonicMs() - killedMs) / 1_000 };
}

const RUST_LOSS_MAX_S = 4.8;

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
        `${convergence.filter((tookS) => tookS <= RUST_LOSS_MAX_S).length} of ${SEEDS}`,
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
      `within ${RUST_LOSS_MAX_S} s`,
      "Rust",
      `called dead in 30 s, ${SEEDS} runs`,
      "Rust",
    ],
    rows,
  );
}
