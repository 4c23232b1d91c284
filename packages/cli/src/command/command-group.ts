import type { Command, CommandContext } from "./command.ts";
import { ExitError, type ExitName } from "./exit-codes.ts";
import { commandText } from "./help-text.ts";
import { nearestName } from "./nearest-name.ts";

export interface CommandGroupOptions {
  /** The first word of its commands. */
  readonly name: string;
  readonly summary: string;
  readonly about: readonly string[];
  /** Their names begin with that of the group: `kv get`. */
  readonly commands: readonly Command[];
}

/** A command that is only the first word of others. */
export function defineCommandGroup({
  about,
  commands,
  name,
  summary,
}: CommandGroupOptions): Command {
  const nothing = { schema: {}, groups: [], positionals: [] };
  const help = { name, summary, about, ...nothing, subcommands: commands };
  return {
    ...help,
    async run(argv, context: CommandContext): Promise<ExitName> {
      const [word, ...rest] = argv;
      switch (word) {
        case undefined: {
          const names = commands.map((command) => command.name.slice(name.length + 1));
          throw new ExitError("usage", `caucus ${name} needs a command: ${names.join(", ")}`);
        }
        case "-h":
        case "--help":
          context.stdout.write(commandText(help));
          return "ok";
        default:
          return await commandNamed(word, commands, name).run(rest, context);
      }
    },
  };
}

/** The command with that name, of a group with the name of the group before it. */
export function commandNamed(word: string, commands: readonly Command[], group?: string): Command {
  const full = group === undefined ? word : `${group} ${word}`;
  const found = commands.find((command) => command.name === full);
  if (found !== undefined) return found;
  const names = commands.map((command) => command.name);
  const nearest = nearestName(full, group === undefined ? [...names, "help"] : names);
  const help = group === undefined ? "caucus help" : `caucus ${group} --help`;
  const hint = nearest === undefined ? `${help} lists them` : `did you mean ${nearest}?`;
  throw new ExitError("usage", `unknown command ${JSON.stringify(full)}; ${hint}`);
}
