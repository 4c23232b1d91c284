// `npm run verify`: every check of the repository, none of which changes a source file. All steps
// run even when one fails, so that one run shows everything that is wrong.
import { spawnSync } from "node:child_process";

const SIMULATED_SEEDS = 20;

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
}

const node = process.execPath;
const STEPS: readonly Step[] = [
  { name: "lint and format", command: [node, "node_modules/@biomejs/biome/bin/biome", "ci"] },
  {
    name: "purity of core/ and wire/",
    command: [node, "node_modules/typescript/bin/tsc", "-p", "tsconfig.pure.json"],
  },
  { name: "rules of the repository", command: [node, "tools/dist/src/tidy.js"] },
  {
    name: "tests",
    command: [node, "--enable-source-maps", "tools/dist/src/run-tests.js"],
  },
  {
    name: `simulation of ${SIMULATED_SEEDS} seeds`,
    command: [node, "sim/dist/src/main.js", "--seeds", String(SIMULATED_SEEDS)],
  },
];

const outcomes: string[] = [];
for (const { name, command } of STEPS) {
  console.log(`\n== ${name}`);
  const [program, ...args] = command;
  const startedMs = performance.now();
  const { status } = spawnSync(program, args, { stdio: "inherit" });
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  outcomes.push(`${status === 0 ? "ok    " : "FAILED"} ${seconds.padStart(6)} s  ${name}`);
  if (status !== 0) process.exitCode = 1;
}
console.log(`\n${outcomes.join("\n")}`);
