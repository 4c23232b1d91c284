// `npm run fix`: what a machine can mend. Removes compiled files whose source is gone, formats, and
// applies the linter's safe fixes, writes the pages that a program writes; what is left is printed
// and is for a person.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Repository } from "./tidy/repository.ts";
import { staleFiles } from "./tidy/stale-output.ts";
import { writePages } from "./written-pages.ts";

const root = process.cwd();
for (const path of staleFiles(Repository.read(root))) {
  rmSync(join(root, path));
  console.log(`removed ${path}`);
}
const biome = "node_modules/@biomejs/biome/bin/biome";
run(biome, "check", "--write");
// What does not compile has no page to write.
if (run("node_modules/typescript/bin/tsc", "-b", "packages/cli")) {
  for (const { message, path } of writePages()) {
    console.error(`${path}: ${message}`);
    process.exitCode = 1;
  }
}

function run(...command: readonly string[]): boolean {
  const { status } = spawnSync(process.execPath, command, { stdio: "inherit" });
  if (status !== 0) process.exitCode = status ?? 1;
  return status === 0;
}
