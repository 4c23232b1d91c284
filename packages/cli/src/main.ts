import { COMMANDS } from "./commands.ts";
import { runCaucus } from "./run-caucus.ts";

// A terminal or a pipe that went away is no reason to crash: the process stops in its own order.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

process.exitCode = await runCaucus(process.argv.slice(2), COMMANDS, {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: () => process.stdin,
  environment: process.env,
});
