// Checks what the compiler and the linter cannot see. One rule per file in ./tidy.
// With --fix, removes compiled files whose source is gone; everything else is for a person to mend.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Repository } from "./tidy/repository.ts";
import { RULES } from "./tidy/rules.ts";
import { staleFiles } from "./tidy/stale-output.ts";

const root = process.cwd();
if (process.argv.includes("--fix")) {
  for (const path of staleFiles(Repository.read(root))) {
    rmSync(join(root, path));
    console.log(`removed ${path}`);
  }
}

const repository = Repository.read(root);
let count = 0;
for (const [name, rule] of RULES) {
  for (const { path, line, message } of rule(repository)) {
    console.log(`${path}${line === undefined ? "" : `:${line}`}: ${message} [${name}]`);
    count++;
  }
}
console.log(count === 0 ? `tidy: ${RULES.length} rules hold` : `tidy: ${count} problems`);
process.exitCode = count === 0 ? 0 : 1;
