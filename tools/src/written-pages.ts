// Pages of docs/ that a program writes from its own tables, so that they can't be out of date.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Problem } from "./tidy/repository.ts";

/** What prints each page. */
const PROGRAMS: ReadonlyMap<string, readonly string[]> = new Map([
  ["docs/operating/configuration.md", ["packages/cli/dist/src/main.js", "config", "reference"]],
]);

/** Pages that differ from what their program prints; everything must be built. */
export function outdatedPages(): Problem[] {
  return differences(() => "is out of date; npm run fix writes it");
}

/** Brings them up to date; the result is what could not be written. */
export function writePages(): Problem[] {
  return differences((path, text) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`wrote ${path}`);
    return undefined;
  });
}

function differences(meet: (path: string, text: string) => string | undefined): Problem[] {
  const problems: Problem[] = [];
  for (const [path, program] of PROGRAMS) {
    const { status, stderr, stdout } = spawnSync(process.execPath, program, { encoding: "utf8" });
    const failure = status === 0 ? undefined : `${program.join(" ")} failed: ${stderr.trim()}`;
    const isSame = existsSync(path) && readFileSync(path, "utf8") === stdout;
    const message = failure ?? (isSame ? undefined : meet(path, stdout));
    if (message !== undefined) problems.push({ path, message });
  }
  return problems;
}
