import { ExitError } from "../command/exit-codes.ts";
import {
  type AnySchema,
  defaultValue,
  type OptionSchema,
  type OptionValue,
  optionName,
} from "../command/option-schema.ts";
import { parseValue } from "../command/parse-value.ts";

/** Where a value comes from. */
export type Source =
  /** The name as it was written. */
  | { readonly kind: "flag"; readonly name: string }
  | { readonly kind: "environment"; readonly name: string }
  | {
      readonly kind: "file";
      readonly path: string;
      /** Counted from 1. */
      readonly line: number;
      /** With its section: `raft.addr`. */
      readonly key: string;
    }
  | { readonly kind: "default" };

/** What one source says of one option. Texts, so that all sources are read by the same rules. */
export interface Given {
  readonly source: Source;
  readonly texts: readonly string[];
}

/** Everything that one source says, by field. */
export type Layer = ReadonlyMap<string, Given>;

/** One sentence that names the option, the value and what is allowed. */
export interface Refused {
  readonly kind: "error";
  readonly message: string;
}

/** What is not refused; else ExitError `usage` is thrown. */
export function orRefuse<Result extends { readonly kind: string }>(
  result: Result | Refused,
): Exclude<Result, Refused> {
  if (result.kind === "error") throw new ExitError("usage", (result as Refused).message);
  return result as Exclude<Result, Refused>;
}

export type LayerResult = { readonly kind: "layer"; readonly layer: Layer } | Refused;

/** Where each value comes from, by field. */
export type Sources = Readonly<Record<string, Source>>;

export type SettingsResult<Values> =
  | { readonly kind: "settings"; readonly values: Values; readonly sources: Sources }
  | Refused;

/** Of each option the first layer that says something counts, else its default. */
export function mergeLayers<Values>(
  schema: OptionSchema<Values>,
  layers: readonly Layer[],
): SettingsResult<Values> {
  const values: Record<string, OptionValue> = {};
  const sources: Record<string, Source> = {};
  for (const [field, spec] of Object.entries(schema as AnySchema)) {
    const given = layers.find((layer) => layer.has(field))?.get(field);
    if (given === undefined) {
      if ("required" in spec && spec.required === true) {
        return { kind: "error", message: `--${optionName(field)} is required: ${spec.doc}` };
      }
      values[field] = defaultValue(spec);
      sources[field] = { kind: "default" };
      continue;
    }
    const parsed = parseValue(nameInMessages(given.source), spec, given.texts);
    if (parsed.kind === "error") return parsed;
    values[field] = parsed.value;
    sources[field] = given.source;
  }
  return { kind: "settings", values: values as Values, sources };
}

/** Where to look: the flag, the variable, or file, line and key; undefined for a default. */
export function describeSource(source: Source): string | undefined {
  switch (source.kind) {
    case "flag":
    case "environment":
      return source.name;
    case "file":
      return `${source.path}:${source.line} (${source.key})`;
    case "default":
      return undefined;
  }
}

function nameInMessages(source: Source): string {
  switch (source.kind) {
    case "flag":
    case "environment":
      return source.name;
    case "file":
      return `${parseFailure(source.path, source.line)}: ${source.key}`;
    case "default":
      return "the default";
  }
}

/** The beginning of every message about what is in a configuration file. */
export function parseFailure(path: string, line: number): string {
  return `Failed to parse config file '${path}': line ${line}`;
}
