import { Counters } from "./counters.ts";
import { belowFloor, floorOf } from "./floors.ts";
import { runSeedProcesses, type SeedRange } from "./seed-processes.ts";
import type { SimulationKind, SimulationResult } from "./simulation-kind.ts";

/** A single seed takes a fraction of a second; one that takes so long never ends. */
const SILENCE_MS = 120_000;

/** Runs many seeds and prints what happened. True when all are clean and above their floors. */
export async function runSeeds(
  kind: SimulationKind,
  seedRange: Omit<SeedRange, "kind">,
): Promise<boolean> {
  const range = { ...seedRange, kind: kind.name };
  const counters = new Counters(Object.keys(kind.floors));
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
      if (restShare(result) > restShare(longestRest)) longestRest = result;
      counters.addAll(result.counts);
      if (result.violation !== undefined) {
        failures.push(result);
        printFailure(result, range);
      }
      return true;
    },
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const low = printCounts(kind, counters.counts, seeds);
  const rate = Math.round(steps / seconds).toLocaleString("en");
  console.log(
    `\n${kind.name}: ${seeds} seeds, ${steps.toLocaleString("en")} steps in ${seconds.toFixed(1)} s: ` +
      `${rate} steps/s with ${range.jobs} processes.`,
  );
  console.log(
    `Longest time from healing to rest: ${((longestRest?.restMs ?? 0) / 1000).toFixed(1)} s ` +
      `(virtual, seed ${longestRest?.seed}); allowed are ${(longestRest?.restMsMax ?? 0) / 1000} s.`,
  );
  if (problem !== undefined) console.log(`FAILED: ${problem}`);
  for (const name of low) console.log(`FAILED: too few of "${name}"`);
  console.log(failures.length === 0 ? "No violation." : `FAILED: ${failures.length} seeds.`);
  return failures.length === 0 && low.length === 0 && problem === undefined;
}

/** How much of the time that it had to come to rest a run took. */
function restShare(result: SimulationResult | undefined): number {
  return result === undefined ? 0 : result.restMs / result.restMsMax;
}

function printFailure({ seed, violation }: SimulationResult, { kind, steps }: SeedRange): void {
  console.log(`seed ${seed}: ${violation?.property}: ${violation?.message}`);
  console.log(`  replay: npm run sim -- --${kind} --seed ${seed} --steps ${steps}`);
}

/** Prints each count beside its floor; answers those below it. */
function printCounts(
  { floors }: SimulationKind,
  counts: Readonly<Record<string, number>>,
  seeds: number,
): readonly string[] {
  console.log(`\n${"happened".padEnd(28)} ${"count".padStart(10)} ${"floor".padStart(10)}`);
  const low = belowFloor(floors, counts, seeds);
  for (const [name, perHundred] of Object.entries(floors)) {
    const count = String(counts[name]).padStart(10);
    const floor = String(floorOf(perHundred, seeds)).padStart(10);
    console.log(`${name.padEnd(28)} ${count} ${floor}${low.includes(name) ? "  BELOW" : ""}`);
  }
  return low;
}
