import type { TextSink } from "./console-logger.ts";
import { ExitError, type ExitName } from "./exit-codes.ts";
import { type CommandHelp, commandText } from "./help-text.ts";
import { type Fallbacks, type Positional, parseOptions } from "./option-parser.ts";
import type { AnySchema, OptionSchema } from "./option-schema.ts";

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

/** The variables that are read; nothing else is. */
export interface Environment {
  /** Another default for `--log-level`. */
  readonly CAUCUS_LOG?: string | undefined;
  /** The same, when CAUCUS_LOG is not set and it is just a level: the seeds' programs read it. */
  readonly RUST_LOG?: string | undefined;
  /** Another default for `--endpoint`. */
  readonly CAUCUS_ENDPOINT?: string | undefined;
  /** Not empty: no colours (https://no-color.org). */
  readonly NO_COLOR?: string | undefined;
}

export interface Command extends CommandHelp {
  /** Throws {@link ExitError} or CaucusError with a one-line message. */
  run(argv: readonly string[], context: CommandContext): Promise<ExitName>;
}

export interface CommandOptions<Values> {
  readonly name: string;
  readonly summary: string;
  readonly about: readonly string[];
  readonly schema: OptionSchema<Values>;
  /** Options that are known but refused, with the reason. */
  readonly refused?: Readonly<Record<string, string>>;
  /** Default none. */
  readonly positionals?: readonly Positional[];
  run(values: Values, context: CommandContext, positionals: readonly string[]): Promise<ExitName>;
}

/** Ties a schema to what runs with its values. */
export function defineCommand<Values>(options: CommandOptions<Values>): Command {
  const help: CommandHelp = {
    name: options.name,
    summary: options.summary,
    about: options.about,
    schema: options.schema as AnySchema,
    positionals: options.positionals ?? [],
    subcommands: [],
  };
  return {
    ...help,
    async run(argv, context): Promise<ExitName> {
      const parsed = parseOptions(options.schema, argv, {
        refused: options.refused ?? {},
        positionals: help.positionals,
        fallbacks: fallbacksOf(help.schema, context.environment),
      });
      switch (parsed.kind) {
        case "help":
          context.stdout.write(commandText(help));
          return "ok";
        case "version":
          context.stdout.write(`${context.version}\n`);
          return "ok";
        case "error":
          throw new ExitError("usage", parsed.message);
        case "values":
          return await options.run(parsed.values, context, parsed.positionals);
      }
    },
  };
}

function fallbacksOf(schema: AnySchema, environment: Environment): Fallbacks {
  return { ...endpointFallback(schema, environment), ...logFallback(schema, environment) };
}

function endpointFallback(
  schema: AnySchema,
  { CAUCUS_ENDPOINT: text = "" }: Environment,
): Fallbacks {
  if (schema["endpoint"] === undefined || text === "") return {};
  return { endpoint: { written: "CAUCUS_ENDPOINT", texts: [text] } };
}

function logFallback(schema: AnySchema, environment: Environment): Fallbacks {
  const spec = schema["logLevel"];
  if (spec === undefined) return {};
  const { CAUCUS_LOG: level = "", RUST_LOG: rustLevel = "" } = environment;
  if (level !== "") return { logLevel: { written: "CAUCUS_LOG", texts: [level] } };
  // Other programs own this variable: what is not one of our levels is meant for them.
  const isLevel = spec.type === "choice" && spec.choices.includes(rustLevel);
  return isLevel ? { logLevel: { written: "RUST_LOG", texts: [rustLevel] } } : {};
}
