import type { Command, CommandContext } from "./command.ts";
import { EXIT_CODES, ExitError, type ExitName, exitNameOf } from "./exit-codes.ts";
import { commandText, overviewText } from "./help-text.ts";
import { nearestName } from "./nearest-name.ts";
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
    context.stderr.write(`caucus: ${message}\n`);
    if (context.environment.CAUCUS_LOG === "debug" && thrown instanceof Error) {
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
      const topic = rest[0];
      context.stdout.write(
        topic === undefined
          ? overviewText(context.version, commands)
          : commandText(commandNamed(topic, commands)),
      );
      return "ok";
    }
    case "-V":
    case "--version":
      context.stdout.write(`${context.version}\n`);
      return "ok";
    default:
      return await commandNamed(name, commands).run(rest, context);
  }
}

function commandNamed(name: string, commands: readonly Command[]): Command {
  const found = commands.find((command) => command.name === name);
  if (found !== undefined) return found;
  const nearest = nearestName(name, [...commands.map((command) => command.name), "help"]);
  const hint = nearest === undefined ? "caucus help lists them" : `did you mean ${nearest}?`;
  throw new ExitError("usage", `unknown command ${JSON.stringify(name)}; ${hint}`);
}
