import { nearestName } from "./nearest-name.ts";
import {
  type AnySchema,
  defaultValue,
  type OptionSchema,
  type OptionValue,
  optionName,
} from "./option-schema.ts";
import { parseValue } from "./parse-value.ts";

export type ParseResult<Values> =
  | {
      readonly kind: "values";
      readonly values: Values;
      /** Arguments without a name: at least those that are required, never more than there are. */
      readonly positionals: readonly string[];
    }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  /** One sentence that names the option, the value and what is allowed. */
  | { readonly kind: "error"; readonly message: string };

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
  /** Options that are known but refused, with the reason. */
  readonly refused?: Readonly<Record<string, string>>;
  /** What another source says of options that are not given here. */
  readonly fallbacks?: Fallbacks;
}

export interface GivenTexts {
  /** As the user wrote the name, for messages. */
  readonly written: string;
  readonly texts: readonly string[];
}

/** Texts of a source beside the command line, by field. */
export type Fallbacks = Readonly<Record<string, GivenTexts>>;

/**
 * Reads `--name value` and `--name=value`; dashes and underscores in names are the same. Options
 * that are not given get their default. Behind `--` nothing is an option.
 */
export function parseOptions<Values>(
  schema: OptionSchema<Values>,
  argv: readonly string[],
  options: ParserOptions = {},
): ParseResult<Values> {
  const parsed = parseAny(schema as AnySchema, argv, options);
  return parsed.kind === "values" ? { ...parsed, values: parsed.values as Values } : parsed;
}

function parseAny(
  schema: AnySchema,
  argv: readonly string[],
  options: ParserOptions,
): ParseResult<Readonly<Record<string, OptionValue>>> {
  const allowed = options.positionals ?? [];
  const collected = collect(schema, argv, options.refused ?? {});
  if (collected.kind !== "texts") return collected;
  const values: Record<string, OptionValue> = {};
  for (const [field, spec] of Object.entries(schema)) {
    const name = optionName(field);
    const given = collected.texts.get(field) ?? options.fallbacks?.[field];
    if (given === undefined) {
      if ("required" in spec && spec.required === true) {
        return { kind: "error", message: `--${name} is required: ${spec.doc}` };
      }
      values[field] = defaultValue(spec);
      continue;
    }
    const parsed = parseValue(given.written, spec, given.texts);
    if (parsed.kind === "error") return parsed;
    values[field] = parsed.value;
  }
  const { positionals } = collected;
  const missing = allowed[positionals.length];
  if (missing !== undefined && missing.optional !== true) {
    return { kind: "error", message: `${missing.name} is missing: ${missing.doc}` };
  }
  const extra = positionals[allowed.length];
  if (extra !== undefined) {
    return { kind: "error", message: `unexpected argument ${JSON.stringify(extra)}` };
  }
  return { kind: "values", values, positionals };
}

type Collected =
  | {
      readonly kind: "texts";
      readonly texts: ReadonlyMap<string, GivenTexts>;
      readonly positionals: readonly string[];
    }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "error"; readonly message: string };

function collect(
  schema: AnySchema,
  argv: readonly string[],
  refused: Readonly<Record<string, string>>,
): Collected {
  const names = namesOf(schema);
  const texts = new Map<string, GivenTexts>();
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
    const written = equals < 0 ? argument : argument.slice(0, equals);
    const plain = written.slice(2).replaceAll("_", "-");
    const field = names.get(plain);
    if (field === undefined)
      return { kind: "error", message: unknownOption(written, names, refused) };
    const spec = schema[field];
    let text = equals < 0 ? undefined : argument.slice(equals + 1);
    if (text === undefined && spec?.type === "flag") text = "true";
    if (text === undefined) {
      const next = argv[at + 1];
      if (next === undefined || next.startsWith("--")) {
        return { kind: "error", message: `${written} needs a value` };
      }
      text = next;
      at += 1;
    }
    const given = texts.get(field);
    if (given === undefined) texts.set(field, { written, texts: [text] });
    else texts.set(field, { written, texts: [...given.texts, text] });
  }
  return { kind: "texts", texts, positionals };
}

/** Every name and alias, to the field. */
function namesOf(schema: AnySchema): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [field, spec] of Object.entries(schema)) {
    names.set(optionName(field), field);
    for (const alias of spec.aliases ?? []) names.set(alias, field);
  }
  return names;
}

function unknownOption(
  written: string,
  names: ReadonlyMap<string, string>,
  refused: Readonly<Record<string, string>>,
): string {
  const plain = written.slice(2).replaceAll("_", "-");
  const reason = refused[plain];
  if (reason !== undefined) return `${written} is refused: ${reason}`;
  const nearest = nearestName(plain, [...names.keys()]);
  const hint = nearest === undefined ? "see --help" : `did you mean --${nearest}?`;
  return `unknown option ${written}; ${hint}`;
}
