import { CaucusError } from "@caucus/base";
import { readConfigLayer, readConfigText } from "../config/config-file.ts";
import { describeSource, type Layer, orRefuse, type Sources } from "../config/given.ts";
import { type Environment, readEnvironment } from "../config/read-environment.ts";
import type { TextSink } from "../console-logger.ts";
import { ExitError, type ExitName } from "./exit-codes.ts";
import { type CommandHelp, commandText } from "./help-text.ts";
import { type Positional, parseOptions } from "./option-parser.ts";
import {
  type AnySchema,
  type OptionGroup,
  type OptionSchema,
  optionName,
} from "./option-schema.ts";

/** What a command sees of the process. Only `main` makes one from the real process. */
export interface CommandContext {
  readonly version: string;
  readonly stdout: ByteSink;
  readonly stderr: TextSink;
  readonly stdin: () => ByteSource;
  readonly environment: Environment;
}

/** Standard output: text, or bytes as they are. */
export interface ByteSink extends TextSink {
  write(chunk: string | Uint8Array): unknown;
}

/** Standard input, opened only by a command that reads it. */
export interface ByteSource extends AsyncIterable<Uint8Array> {
  /** True for a terminal. */
  readonly isTTY?: boolean;
}

export interface Command extends CommandHelp {
  /** Throws {@link ExitError} or CaucusError with a one-line message. */
  run(argv: readonly string[], context: CommandContext): Promise<ExitName>;
}

export interface CommandOptions<Values> {
  readonly name: string;
  readonly summary: string;
  readonly about: readonly string[];
  /** With an option `conf` the command takes a configuration file. */
  readonly schema: OptionSchema<Values>;
  /** The options under headings, all of them. Default: without headings. */
  readonly groups?: readonly OptionGroup[];
  /** Default none. */
  readonly positionals?: readonly Positional[];
  run(
    values: Values,
    context: CommandContext,
    positionals: readonly string[],
    sources: Sources,
  ): Promise<ExitName>;
}

/** Ties a schema to what runs with its values. */
export function defineCommand<Values>(options: CommandOptions<Values>): Command {
  const help: CommandHelp = {
    name: options.name,
    summary: options.summary,
    about: options.about,
    schema: options.schema as AnySchema,
    groups: options.groups ?? [],
    positionals: options.positionals ?? [],
    subcommands: [],
  };
  return {
    ...help,
    async run(argv, context): Promise<ExitName> {
      const parsed = parseOptions(options.schema, argv, {
        positionals: help.positionals,
        below: (flags) => layersBelow(help, flags, context.environment),
      });
      switch (parsed.kind) {
        case "help":
          context.stdout.write(commandText(help));
          return "ok";
        case "version":
          context.stdout.write(`${context.version}\n`);
          return "ok";
        case "error":
          throw new ExitError("usage", parsed.message + usageOfConf(help, argv.at(-1)));
        case "values":
          try {
            return await options.run(parsed.values, context, parsed.positionals, parsed.sources);
          } catch (thrown) {
            throw withOrigins(thrown, help.schema, parsed.sources);
          }
      }
    },
  };
}

/** What the environment says, then what the file says that `conf` names. */
function layersBelow(help: CommandHelp, flags: Layer, variables: Environment): readonly Layer[] {
  const environment = orRefuse(readEnvironment(help.schema, variables)).layer;
  const paths = (flags.get("conf") ?? environment.get("conf"))?.texts ?? [];
  const [path = ""] = paths;
  // That it is named once is judged with all other options.
  if (path === "" || paths.length > 1) return [environment];
  const found = readConfigText(path);
  if (found.kind === "error") {
    throw new ExitError("usage", found.message + usageOfConf(help, "--conf"));
  }
  return [environment, orRefuse(readConfigLayer(help.schema, path, found.text)).layer];
}

/** Options that contradict each other are named as flags: says which of them are none, and where. */
function withOrigins(thrown: unknown, schema: AnySchema, sources: Sources): unknown {
  if (!(thrown instanceof CaucusError) || thrown.code !== "invalid_argument") return thrown;
  const named = new Set(thrown.message.match(/--[a-z][a-z-]*/g) ?? []);
  const origins = Object.keys(schema).flatMap((field) => {
    const source = sources[field];
    const flag = `--${optionName(field)}`;
    if (source === undefined || source.kind === "flag" || !named.has(flag)) return [];
    const where = describeSource(source);
    return where === undefined ? [] : [`${flag} comes from ${where}`];
  });
  if (origins.length === 0) return thrown;
  return new ExitError("usage", `${thrown.message} (${origins.join(", ")})`, thrown);
}

/** For a `--conf` without a file. */
function usageOfConf({ name, schema }: CommandHelp, argument: string | undefined): string {
  if (schema["conf"] === undefined || (argument !== "--conf" && argument !== "--config")) return "";
  const command = `caucus ${name} --conf`;
  return `\nUsage: ${command} <config-file>\nExample: ${command} conf/node1.toml`;
}
