/** `npm run bench [core|http|failover]`: prints its tables; nothing is asserted. */
import { type BenchRow, printRows } from "./bench-row.ts";
import { benchCore } from "./core-bench.ts";
import { benchFailover, printFailovers } from "./failover-bench.ts";
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

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => BENCHES[name] === undefined);
if (unknown !== undefined) {
  console.error(`unknown bench ${unknown}, allowed are ${Object.keys(BENCHES).join(", ")}`);
  process.exit(2);
}
const rows: BenchRow[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (wanted.length === 0 || wanted.includes(name)) rows.push(...(await bench()));
}
if (rows.length > 0) printRows(rows);
