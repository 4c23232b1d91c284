// Checks what the compiler and the linter cannot see. One rule per file in ./tidy. Changes nothing.
import { Repository, type Rule } from "./tidy/repository.ts";
import { RULES } from "./tidy/rules.ts";
import { outdatedPages } from "./written-pages.ts";

const repository = Repository.read(process.cwd());
const rules: readonly (readonly [string, Rule])[] = [...RULES, ["written-pages", outdatedPages]];
let count = 0;
for (const [name, rule] of rules) {
  for (const { path, line, message } of rule(repository)) {
    console.log(`${path}${line === undefined ? "" : `:${line}`}: ${message} [${name}]`);
    count++;
  }
}
console.log(count === 0 ? `tidy: ${rules.length} rules hold` : `tidy: ${count} problems`);
process.exitCode = count === 0 ? 0 : 1;
