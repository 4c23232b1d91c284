import { assertNever, CaucusError } from "@caucus/base";
import type { Command, CommandContext } from "./command/command.ts";
import { commandNamed } from "./command/command-group.ts";
import { EXIT_CODES, ExitError, type ExitName, exitNameOf } from "./command/exit-codes.ts";
import { overviewText } from "./command/help-text.ts";
import { refuseUnknownVariables } from "./config/read-environment.ts";
import { readVersion } from "./version.ts";

/** The whole program: runs one command and returns the exit code of the process. */
export async function runCaucus(
  argv: readonly string[],
  commands: readonly Command[],
  streams: Omit<CommandContext, "version">,
): Promise<number> {
  const context: CommandContext = { ...streams, version: readVersion() };
  try {
    return EXIT_CODES[await dispatch(argv, commands, context)].code;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    context.stderr.write(`caucus: ${message}${outcomeText(thrown)}\n`);
    if (context.environment["CAUCUS_LOG"] === "debug" && thrown instanceof Error) {
      context.stderr.write(`${thrown.stack}\n`);
    }
    return EXIT_CODES[exitNameOf(thrown)].code;
  }
}

async function dispatch(
  argv: readonly string[],
  commands: readonly Command[],
  context: CommandContext,
): Promise<ExitName> {
  const [name, ...rest] = argv;
  switch (name) {
    case undefined:
    case "-h":
    case "--help":
      context.stdout.write(overviewText(context.version, commands));
      return "ok";
    case "help": {
      const [topic, ...more] = rest;
      if (topic !== undefined) {
        return await commandNamed(topic, commands).run([...more, "--help"], context);
      }
      context.stdout.write(overviewText(context.version, commands));
      return "ok";
    }
    case "-V":
    case "--version":
      context.stdout.write(`${context.version}\n`);
      return "ok";
    default: {
      const command = commandNamed(name, commands);
      if (!rest.some(asksForText)) refuseUnknown(commands, context);
      return await command.run(rest, context);
    }
  }
}

/** Help and version come whatever the environment says. */
function asksForText(argument: string): boolean {
  return ["-h", "--help", "-V", "--version"].includes(argument);
}

function refuseUnknown(commands: readonly Command[], { environment }: CommandContext): void {
  const all = commands.flatMap((command) => [command, ...command.subcommands]);
  const schemas = all.map(({ schema }) => schema);
  const unknown = refuseUnknownVariables(schemas, environment);
  if (unknown !== undefined) throw new ExitError("usage", unknown.message);
}

/** What became of a failed write: whoever typed it has to know before trying again. */
function outcomeText(thrown: unknown): string {
  if (!(thrown instanceof CaucusError)) return "";
  switch (thrown.outcome) {
    case undefined:
      return "";
    case "not_applied":
      return " (nothing was changed)";
    case "unknown":
      return " (it may have taken effect all the same: look before you try again)";
    default:
      return assertNever(thrown.outcome);
  }
}
