// `npm run fix`: what a machine can mend. Removes compiled files whose source is gone, formats, and
// applies the linter's safe fixes; what is left is printed and is for a person.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Repository } from "./tidy/repository.ts";
import { staleFiles } from "./tidy/stale-output.ts";

const root = process.cwd();
for (const path of staleFiles(Repository.read(root))) {
  rmSync(join(root, path));
  console.log(`removed ${path}`);
}
const biome = "node_modules/@biomejs/biome/bin/biome";
const { status } = spawnSync(process.execPath, [biome, "check", "--write"], { stdio: "inherit" });
process.exitCode = status ?? 1;
