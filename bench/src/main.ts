/**
 * `npm run bench [name …]`: prints its rows; nothing is asserted. Without a name, those of gossip are
 * left out: some of them take minutes.
 */
import { type BenchRow, printRows } from "./bench-row.ts";
import { benchCore } from "./core-bench.ts";
import { benchFailover, printFailovers } from "./failover-bench.ts";
import { benchGossipClusters } from "./gossip-clusters.ts";
import { benchGossipFuzz } from "./gossip-fuzz.ts";
import { benchGossipIdle } from "./gossip-idle.ts";
import { benchGossipThousand } from "./gossip-thousand.ts";
import { benchHttp } from "./http-bench.ts";

/** Rates are printed together at the end, everything else at once. */
const BENCHES: Readonly<Record<string, () => Promise<readonly BenchRow[]>>> = {
  failover: async () => {
    printFailovers(await benchFailover({ kills: 10, stops: 5, clients: 6 }));
    return [];
  },
  core: () => benchCore([1, 64, 1024], 4000),
  http: () => benchHttp({ connections: 64, durationMs: 8000 }),
};

const ONLY_WHEN_NAMED: typeof BENCHES = {
  "gossip-clusters": benchGossipClusters,
  "gossip-thousand": benchGossipThousand,
  "gossip-idle": benchGossipIdle,
  "gossip-fuzz": benchGossipFuzz,
};

const known = { ...BENCHES, ...ONLY_WHEN_NAMED };
const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => known[name] === undefined);
if (unknown !== undefined) {
  console.error(`unknown bench ${unknown}, allowed are ${Object.keys(known).join(", ")}`);
  process.exit(2);
}
const rows: BenchRow[] = [];
for (const name of wanted.length === 0 ? Object.keys(BENCHES) : wanted) {
  rows.push(...((await known[name]?.()) ?? []));
}
if (rows.length > 0) printRows(rows);
