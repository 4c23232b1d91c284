/** The command line of one command, and the layers below it, as values. */
import {
  type Given,
  type Layer,
  mergeLayers,
  type Refused,
  type Sources,
} from "../config/given.ts";
import { nearestName } from "./nearest-name.ts";
import { type AnySchema, namesOf, type OptionSchema } from "./option-schema.ts";

export type ParseResult<Values> =
  | {
      readonly kind: "values";
      readonly values: Values;
      readonly sources: Sources;
      /** Arguments without a name: at least those that are required, never more than there are. */
      readonly positionals: readonly string[];
    }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | Refused;

/** An argument that is known by its place. */
export interface Positional {
  /** As `--help` and messages write it: `KEY`. */
  readonly name: string;
  /** One sentence for `--help`. */
  readonly doc: string;
  /** Only behind those that are required. */
  readonly optional?: boolean;
}

export interface ParserOptions {
  /** Default none. */
  readonly positionals?: readonly Positional[];
  /** What other sources say, the strongest first, of options that are no flags here. Default none. */
  readonly below?: (flags: Layer) => readonly Layer[];
}

/**
 * Reads `--name value` and `--name=value`; dashes and underscores in names are the same. Options
 * that nothing gives get their default. Behind `--` nothing is an option.
 */
export function parseOptions<Values>(
  schema: OptionSchema<Values>,
  argv: readonly string[],
  options: ParserOptions = {},
): ParseResult<Values> {
  const collected = collect(schema as AnySchema, argv);
  if (collected.kind !== "collected") return collected;
  const { layer, positionals } = collected;
  const merged = mergeLayers(schema, [layer, ...(options.below?.(layer) ?? [])]);
  if (merged.kind === "error") return merged;
  const { sources, values } = merged;
  const allowed = options.positionals ?? [];
  const missing = allowed[positionals.length];
  if (missing !== undefined && missing.optional !== true) {
    return { kind: "error", message: `${missing.name} is missing: ${missing.doc}` };
  }
  const extra = positionals[allowed.length];
  if (extra !== undefined) {
    return { kind: "error", message: `unexpected argument ${JSON.stringify(extra)}` };
  }
  return { kind: "values", values, sources, positionals };
}

type Collected =
  | {
      readonly kind: "collected";
      readonly layer: Layer;
      readonly positionals: readonly string[];
    }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | Refused;

function collect(schema: AnySchema, argv: readonly string[]): Collected {
  const names = namesOf(schema);
  const layer = new Map<string, Given>();
  const positionals: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at] ?? "";
    if (argument === "-h" || argument === "--help") return { kind: "help" };
    if (argument === "-V" || argument === "--version") return { kind: "version" };
    if (argument === "--") {
      positionals.push(...argv.slice(at + 1));
      break;
    }
    if (!argument.startsWith("--")) {
      positionals.push(argument);
      continue;
    }
    const equals = argument.indexOf("=");
    const name = equals < 0 ? argument : argument.slice(0, equals);
    const field = names.get(name.slice(2).replaceAll("_", "-"));
    if (field === undefined) {
      return { kind: "error", message: unknownOption(name, names) };
    }
    let text = equals < 0 ? undefined : argument.slice(equals + 1);
    if (text === undefined && schema[field]?.type === "flag") text = "true";
    if (text === undefined) {
      text = argv[at + 1];
      if (text === undefined || text.startsWith("--")) {
        return { kind: "error", message: `${name} needs a value` };
      }
      at += 1;
    }
    const before = layer.get(field)?.texts ?? [];
    layer.set(field, { source: { kind: "flag", name }, texts: [...before, text] });
  }
  return { kind: "collected", layer, positionals };
}

function unknownOption(written: string, names: ReadonlyMap<string, string>): string {
  const plain = written.slice(2).replaceAll("_", "-");
  const nearest = nearestName(plain, [...names.keys()]);
  const hint = nearest === undefined ? "see --help" : `did you mean --${nearest}?`;
  return `unknown option ${written}; ${hint}`;
}
