import { COUNTER_NAMES, Counters } from "./counters.ts";
import { floorOf } from "./floors.ts";
import { runSeedProcesses, type SeedRange } from "./seed-processes.ts";
import { LIVENESS_MS_MAX, type SimulationResult } from "./simulation.ts";

/** A single seed takes a fraction of a second; one that takes so long never ends. */
const SILENCE_MS = 120_000;

/** Runs many seeds and prints what happened. True when all are clean and above their floors. */
export async function runSeeds(range: SeedRange): Promise<boolean> {
  const counters = new Counters(COUNTER_NAMES);
  const startedMs = performance.now();
  const failures: SimulationResult[] = [];
  let steps = 0;
  let longestRest: SimulationResult | undefined;
  let seeds = 0;
  const problem = await runSeedProcesses(range, {
    silenceMs: SILENCE_MS,
    onResult(result) {
      seeds++;
      steps += result.steps;
      if (result.restMs > (longestRest?.restMs ?? 0)) longestRest = result;
      counters.addAll(result.counts);
      if (result.violation !== undefined) {
        failures.push(result);
        printFailure(result, range.steps);
      }
      return true;
    },
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const low = printCounts(counters, seeds);
  const rate = Math.round(steps / seconds).toLocaleString("en");
  console.log(
    `\n${seeds} seeds, ${steps.toLocaleString("en")} steps in ${seconds.toFixed(1)} s: ` +
      `${rate} steps/s with ${range.jobs} processes.`,
  );
  console.log(
    `Longest time from healing to rest: ${((longestRest?.restMs ?? 0) / 1000).toFixed(1)} s ` +
      `(virtual, seed ${longestRest?.seed}); allowed are ${LIVENESS_MS_MAX / 1000} s.`,
  );
  if (problem !== undefined) console.log(`FAILED: ${problem}`);
  for (const name of low) console.log(`FAILED: too few of "${name}"`);
  console.log(failures.length === 0 ? "No violation." : `FAILED: ${failures.length} seeds.`);
  return failures.length === 0 && low.length === 0 && problem === undefined;
}

function printFailure({ seed, violation }: SimulationResult, steps: number): void {
  console.log(`seed ${seed}: ${violation?.property}: ${violation?.message}`);
  console.log(`  replay: npm run sim -- --seed ${seed} --steps ${steps}`);
}

/** Prints each count beside its floor; answers those below it. */
function printCounts(counters: Counters, seeds: number): readonly string[] {
  const { counts } = counters;
  console.log(`\n${"happened".padEnd(28)} ${"count".padStart(10)} ${"floor".padStart(10)}`);
  return COUNTER_NAMES.filter((name) => {
    const floor = floorOf(name, seeds);
    const isLow = counts[name] < floor;
    const mark = isLow ? "  BELOW" : "";
    console.log(
      `${name.padEnd(28)} ${String(counts[name]).padStart(10)} ${String(floor).padStart(10)}${mark}`,
    );
    return isLow;
  });
}
