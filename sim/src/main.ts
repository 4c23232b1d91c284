/** Command line of the simulator: replay one seed, run many, or show that mutants are caught. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { runMutants } from "./mutants/run-mutants.ts";
import { runSeeds } from "./run-seeds.ts";
import { simulate } from "./simulation.ts";

const USAGE = `Usage:
  npm run sim -- --seed 7              replay one seed with a readable trace
  npm run sim -- --seeds 1000          run many seeds, and compare the counts with their floors
  npm run sim -- --mutants             show that every mutant is caught
Options:
  --from N     the first seed of many (default 1)
  --steps N    events of the safety phase of each seed (default 10000)
  --jobs N     processes (default: one per core)
  --quiet      with --seed: no trace, only the result
  --only TEXT  with --mutants: only those whose name contains TEXT`;

const DEFAULT_STEPS = 10_000;

function numberOf(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${name} is ${text}, allowed are whole numbers from 1`);
}

function replay(seed: number, steps: number, quiet: boolean): boolean {
  const print = (line: string): void => console.log(line);
  const result = simulate({ seed, steps, ...(quiet ? {} : { print }) });
  console.log(JSON.stringify(result, null, 2));
  return result.violation === undefined;
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string" },
      mutants: { type: "boolean" },
      from: { type: "string" },
      steps: { type: "string" },
      jobs: { type: "string" },
      quiet: { type: "boolean" },
      only: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) {
    console.log(USAGE);
    return true;
  }
  const steps = numberOf("steps", values.steps, DEFAULT_STEPS);
  const from = numberOf("from", values.from, 1);
  const jobs = numberOf("jobs", values.jobs, availableParallelism());
  if (values.seed !== undefined) {
    return replay(numberOf("seed", values.seed, 1), steps, values.quiet === true);
  }
  if (values.mutants === true) return await runMutants({ jobs, steps, only: values.only });
  if (values.seeds !== undefined) {
    return await runSeeds({ from, seeds: numberOf("seeds", values.seeds, 1), steps, jobs });
  }
  console.log(USAGE);
  return false;
}

main().then(
  (isClean) => {
    process.exitCode = isClean ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    console.error(USAGE);
    process.exitCode = 2;
  },
);
