import { readdirSync } from "node:fs";
import { join } from "node:path";

const SKIPPED_DIRECTORIES: ReadonlySet<string> = new Set([".git", "node_modules", ".caucus"]);

/** All files below `root`, relative to it with `/`, sorted; what npm and git own is left out. */
export function listFiles(root: string): string[] {
  const files: string[] = [];
  const pending = [""];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    for (const entry of readdirSync(join(root, directory), { withFileTypes: true })) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!SKIPPED_DIRECTORIES.has(entry.name)) pending.push(path);
      } else if (entry.isFile()) {
        files.push(path);
      }
    }
  }
  return files.sort((a, b) => (a < b ? -1 : 1));
}
