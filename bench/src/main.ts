/** `npm run bench [core|http]`: prints its rows; nothing is asserted. */
import { type BenchRow, printRows } from "./bench-row.ts";
import { benchCore } from "./core-bench.ts";
import { benchHttp } from "./http-bench.ts";

const BENCHES: Readonly<Record<string, () => Promise<readonly BenchRow[]>>> = {
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
printRows(rows);
