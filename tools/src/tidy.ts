// Checks what the compiler and the linter cannot see. One rule per file in ./tidy. Changes nothing.
import { Repository } from "./tidy/repository.ts";
import { RULES } from "./tidy/rules.ts";

const repository = Repository.read(process.cwd());
let count = 0;
for (const [name, rule] of RULES) {
  for (const { path, line, message } of rule(repository)) {
    console.log(`${path}${line === undefined ? "" : `:${line}`}: ${message} [${name}]`);
    count++;
  }
}
console.log(count === 0 ? `tidy: ${RULES.length} rules hold` : `tidy: ${count} problems`);
process.exitCode = count === 0 ? 0 : 1;
