/** Command line of the simulator: replay one seed, run many, or show that mutants are caught. */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { KINDS } from "./kinds.ts";
import { runMutants } from "./mutants/run-mutants.ts";
import { runSeeds } from "./run-seeds.ts";
import type { SimulationKind } from "./simulation-kind.ts";

const USAGE = `Usage:
  npm run sim -- --seed 7              replay one seed with a readable trace
  npm run sim -- --seeds 1000          run many seeds, and compare the counts with their floors
  npm run sim -- --mutants             show that every mutant is caught
Options:
  --raft, --gossip, --nodes   only this one of the three simulations
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

interface Replay {
  readonly seed: number;
  readonly steps: number;
  readonly isQuiet: boolean;
}

async function replay(kind: SimulationKind, { seed, steps, isQuiet }: Replay): Promise<boolean> {
  const print = (line: string): void => console.log(line);
  const result = await kind.simulate({ seed, steps, ...(isQuiet ? {} : { print }) });
  console.log(JSON.stringify({ kind: kind.name, ...result }, null, 2));
  return result.violation === undefined;
}

/** True when `run` is true of every kind; runs them all. */
async function all(
  kinds: readonly SimulationKind[],
  run: (kind: SimulationKind) => Promise<boolean>,
): Promise<boolean> {
  let isClean = true;
  for (const kind of kinds) isClean = (await run(kind)) && isClean;
  return isClean;
}

async function main(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string" },
      mutants: { type: "boolean" },
      raft: { type: "boolean" },
      gossip: { type: "boolean" },
      nodes: { type: "boolean" },
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
  const chosen = KINDS.filter(({ name }) => values[name] === true);
  const kinds = chosen.length > 0 ? chosen : KINDS;
  if (values.seed !== undefined) {
    const request = {
      seed: numberOf("seed", values.seed, 1),
      steps,
      isQuiet: values.quiet === true,
    };
    return await all(kinds, (kind) => replay(kind, request));
  }
  if (values.mutants === true) return await runMutants({ kinds, jobs, steps, only: values.only });
  if (values.seeds !== undefined) {
    const range = { from, seeds: numberOf("seeds", values.seeds, 1), steps, jobs };
    return await all(kinds, (kind) => runSeeds(kind, range));
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
