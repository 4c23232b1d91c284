// `npm test`: runs the compiled tests of all workspaces with Node's own runner, a process per file.
// Prints what the runner prints, then the slowest files and one `# name count` line per total.
import { availableParallelism } from "node:os";
import { relative, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { pathToFileURL } from "node:url";
import { listFiles } from "./source-tree.ts";
import { parseTestArguments, selectTestFiles, sourceOf } from "./test-files.ts";

/** Far above any honest file, so that a hanging one ends the run with its name. */
const FILE_TIMEOUT_MS = 300_000;
const LONG_FILE_TIMEOUT_MS = 7_200_000;
/** More processes at once make the tests that watch real clocks unreliable. */
const CONCURRENCY_MAX = 4;
const SLOWEST_SHOWN = 10;

interface RunResult {
  readonly failed: boolean;
  readonly secondsByFile: ReadonlyMap<string, number>;
  /** Lines such as `pass 812`, as the runner gives them. */
  readonly totals: readonly string[];
}

async function main(): Promise<void> {
  const root = process.cwd();
  const selection = parseTestArguments(process.argv.slice(2));
  const { selected, stale } = selectTestFiles(listFiles(root), selection);
  for (const path of stale) console.log(`not run, its source is gone (npm run fix): ${path}`);
  if (selected.length === 0) throw new Error("no test file matches");

  const timeoutMs = selection.long ? LONG_FILE_TIMEOUT_MS : FILE_TIMEOUT_MS;
  const result = await runFiles(root, selected, timeoutMs);
  const slowest = [...result.secondsByFile].sort((a, b) => b[1] - a[1]).slice(0, SLOWEST_SHOWN);
  console.log(`\nSlowest of ${selected.length} test files:`);
  for (const [path, seconds] of slowest) {
    console.log(`${seconds.toFixed(1).padStart(7)} s  ${sourceOf(path)}`);
  }
  console.log(`\n${result.totals.map((line) => `# ${line}`).join("\n")}`);
  process.exitCode = result.failed ? 1 : 0;
}

async function runFiles(
  root: string,
  paths: readonly string[],
  timeoutMs: number,
): Promise<RunResult> {
  giveChildrenDeadline(timeoutMs);
  const files = paths.map((path) => resolve(root, path));
  const known = new Set(files);
  const secondsByFile = new Map<string, number>();
  const totals: string[] = [];
  let failed = false;
  const events = run({
    files,
    concurrency: Math.min(availableParallelism(), CONCURRENCY_MAX),
    timeout: timeoutMs + 5_000, // after the file's own deadline, which says what is still open
  });
  events.on("test:fail", (event) => {
    if (event.todo === undefined) failed = true;
  });
  events.on("test:complete", (event) => {
    // The runner reports each file as a test whose name is the file.
    const path = resolve(root, event.name);
    if (known.has(path)) {
      secondsByFile.set(
        relative(root, path).replaceAll("\\", "/"),
        event.details.duration_ms / 1_000,
      );
    }
  });
  events.on("test:diagnostic", (event) => {
    if (
      event.nesting === 0 &&
      /^(tests|suites|pass|fail|cancelled|skipped|todo) \d+$/.test(event.message)
    ) {
      totals.push(event.message);
    }
  });
  const report = events.compose<NodeJS.ReadWriteStream>(new spec());
  report.pipe(process.stdout, { end: false });
  await finished(report);
  return { failed: failed || secondsByFile.size < files.length, secondsByFile, totals };
}

/** Options by environment, because `run` of Node 20 has no other way to reach its children. */
function giveChildrenDeadline(timeoutMs: number): void {
  const preload = pathToFileURL(resolve(import.meta.dirname, "file-deadline.js")).href;
  const outer = process.env["NODE_OPTIONS"] ?? "";
  process.env["CAUCUS_TEST_OUTER_NODE_OPTIONS"] = outer;
  process.env["CAUCUS_TEST_FILE_DEADLINE_MS"] = String(timeoutMs);
  process.env["NODE_OPTIONS"] = `${outer} --enable-source-maps --import=${preload}`.trim();
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
