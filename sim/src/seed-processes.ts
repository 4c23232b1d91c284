import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { SimulationKind, SimulationResult } from "./simulation-kind.ts";

export interface SeedRange {
  readonly kind: SimulationKind["name"];
  readonly from: number;
  readonly seeds: number;
  readonly steps: number;
  /** Processes that share the seeds. */
  readonly jobs: number;
}

export interface SeedOptions {
  /** Path of the worker script; that of this build unless given. */
  readonly worker?: string;
  /** Called as results come, in any order; answer false to stop early. */
  readonly onResult: (result: SimulationResult) => boolean;
  /** A worker that prints nothing for so long hangs, and is ended. */
  readonly silenceMs: number;
}

const WORKER = fileURLToPath(new URL("./seed-worker.js", import.meta.url));

/** Runs the seeds in several processes. Answers what went wrong with a process itself. */
export async function runSeedProcesses(
  range: SeedRange,
  options: SeedOptions,
): Promise<string | undefined> {
  const ends: (() => void)[] = [];
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    for (const end of ends) end();
  };
  const runs: Promise<string | undefined>[] = [];
  for (let job = 0; job < range.jobs; job++) {
    const count = Math.ceil((range.seeds - job) / range.jobs);
    if (count <= 0) break;
    const args = [range.kind, range.from + job, range.jobs, count, range.steps].map(String);
    runs.push(runWorker(args, options, { ends, stop, isStopped: () => isStopped }));
  }
  const problems = await Promise.all(runs);
  return problems.find((problem) => problem !== undefined);
}

interface Control {
  readonly ends: (() => void)[];
  readonly stop: () => void;
  readonly isStopped: () => boolean;
}

function runWorker(
  args: readonly string[],
  options: SeedOptions,
  control: Control,
): Promise<string | undefined> {
  const worker = options.worker ?? WORKER;
  const child = spawn(process.execPath, ["--enable-source-maps", worker, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  control.ends.push(() => child.kill("SIGKILL"));
  let problem: string | undefined;
  let errors = "";
  let silence: NodeJS.Timeout | undefined;
  const waitOn = (): void => {
    clearTimeout(silence);
    silence = setTimeout(() => {
      problem = `a worker printed nothing for ${options.silenceMs} ms`;
      control.stop();
    }, options.silenceMs);
  };
  waitOn();
  child.stderr.on("data", (data: Buffer) => {
    errors = (errors + data.toString()).slice(-4000);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (control.isStopped()) return;
    waitOn();
    if (!options.onResult(JSON.parse(line) as SimulationResult)) control.stop();
  });
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(silence);
      if (problem === undefined && code !== 0 && !control.isStopped()) {
        problem = `a worker ended with code ${code}: ${errors}`;
        control.stop();
      }
      resolve(problem);
    });
  });
}
