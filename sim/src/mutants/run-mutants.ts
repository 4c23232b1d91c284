import { runSeedProcesses, type SeedRange } from "../seed-processes.ts";
import type { SimulationKind, SimulationResult } from "../simulation-kind.ts";
import type { Mutant } from "./mutant.ts";
import { PatchedBuild } from "./patched-build.ts";

/** Each mutant must be caught within so many seeds. */
export const MUTANT_SEEDS_MAX = 200;

export interface MutantOptions {
  readonly kinds: readonly SimulationKind[];
  /** Mutants that run side by side. */
  readonly jobs: number;
  readonly steps: number;
  /** Only mutants whose name contains this. */
  readonly only: string | undefined;
  /** Default: the console. */
  readonly print?: (line: string) => void;
}

type Kill =
  | { readonly kind: "killed"; readonly seeds: number; readonly result: SimulationResult }
  | { readonly kind: "survived"; readonly why: string };

/** A violation takes a moment; a mutant that makes the simulator hang is not caught by it. */
const SILENCE_MS = 120_000;

/** True when every mutant is caught. */
export async function runMutants(options: MutantOptions): Promise<boolean> {
  const print = options.print ?? ((line: string): void => console.log(line));
  const { only, kinds } = options;
  const waiting = kinds
    .flatMap((kind) => kind.mutants.map((mutant) => ({ kind: kind.name, mutant })))
    .filter(({ mutant }) => only === undefined || mutant.name.includes(only));
  const count = waiting.length;
  print(`${count} mutants, each within ${MUTANT_SEEDS_MAX} seeds of ${options.steps} steps:\n`);
  const survivors: string[] = [];
  const work = async (job: number): Promise<void> => {
    const build = new PatchedBuild(`${process.pid}-${job}`);
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { kind, mutant } = next;
        const kill = await hunt(mutant, build, { kind, steps: options.steps });
        print(describe(mutant, kill));
        if (kill.kind === "survived") survivors.push(mutant.name);
      }
    } finally {
      build.remove();
    }
  };
  await Promise.all(Array.from({ length: options.jobs }, (_, job) => work(job)));
  print(`\n${count - survivors.length} of ${count} mutants killed.`);
  for (const name of survivors) print(`SURVIVED: ${name}`);
  return survivors.length === 0;
}

async function hunt(
  mutant: Mutant,
  build: PatchedBuild,
  run: Pick<SeedRange, "kind" | "steps">,
): Promise<Kill> {
  build.apply(mutant);
  let seeds = 0;
  let killer: SimulationResult | undefined;
  const problem = await runSeedProcesses(
    { ...run, from: 1, seeds: MUTANT_SEEDS_MAX, jobs: 1 },
    {
      worker: build.worker,
      silenceMs: SILENCE_MS,
      onResult(result) {
        seeds++;
        if (result.violation !== undefined) killer = result;
        return killer === undefined;
      },
    },
  );
  build.restore();
  if (killer !== undefined) return { kind: "killed", seeds, result: killer };
  return { kind: "survived", why: problem ?? `${seeds} seeds found nothing` };
}

function describe(mutant: Mutant, kill: Kill): string {
  const name = mutant.name.padEnd(54);
  if (kill.kind === "survived") return `${name} SURVIVED  ${kill.why}`;
  const { violation } = kill.result;
  const seeds = `${kill.seeds} seed${kill.seeds === 1 ? "" : "s"}`;
  return `${name} ${seeds.padStart(9)}  ${violation?.property}: ${violation?.message}`;
}
