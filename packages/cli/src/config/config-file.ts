/** The configuration file as a layer of settings. Every message names the file, and line and key. */
import { readFileSync, statSync } from "node:fs";
import { printable } from "../client/table-text.ts";
import { systemCode } from "../command/exit-codes.ts";
import { nearestName } from "../command/nearest-name.ts";
import {
  type AnySchema,
  allowedText,
  defaultValue,
  isList,
  type OptionSpec,
} from "../command/option-schema.ts";
import { type Given, type LayerResult, parseFailure, type Refused } from "./given.ts";
import {
  parseTomlDocument,
  type TomlDocument,
  type TomlEntry,
  type TomlValue,
  tomlText,
} from "./toml-document.ts";
import { IMPLIED_KEYS, keysOf, REFUSED_KEYS } from "./toml-keys.ts";

/** Far above any configuration; a mistaken path to something else shall not fill the memory. */
export const CONFIG_FILE_BYTES_MAX: number = 64 * 1024;

/** What is longer is cut in messages. */
const NAME_SHOWN_MAX = 100;

export type FileText = { readonly kind: "text"; readonly text: string } | Refused;

/** The text of a configuration file; the message begins with `Failed to read config file '…'`. */
export function readConfigText(path: string): FileText {
  try {
    const found = statSync(path);
    if (found.isDirectory()) return unreadable(path, "it is a directory");
    if (!found.isFile()) return unreadable(path, "it is not a regular file");
    if (found.size > CONFIG_FILE_BYTES_MAX) {
      return unreadable(path, `it has ${found.size} bytes; allowed are ${CONFIG_FILE_BYTES_MAX}`);
    }
    const bytes = readFileSync(path);
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (thrown) {
    return unreadable(path, failureText(thrown));
  }
}

/** @throws nothing: what is wrong with the text is a message with line and key */
export function readConfigLayer(schema: AnySchema, path: string, text: string): LayerResult {
  const document = parseTomlDocument(text);
  if (document.kind === "error") {
    const { column, key, line, reason } = document;
    const where = `column ${column}${key === undefined ? "" : `, key ${key}`}`;
    return { kind: "error", message: `${parseFailure(path, line)}, ${where}: ${reason}` };
  }
  return layerOf(schema, path, document);
}

function layerOf(schema: AnySchema, path: string, document: TomlDocument): LayerResult {
  const keys = keysOf(schema);
  const layer = new Map<string, Given>();
  const at = (line: number, problem: string): Refused => ({
    kind: "error",
    message: `${parseFailure(path, line)}: ${problem}`,
  });
  for (const { line, name } of document.sections) {
    const problem = sectionProblem(name, keys);
    if (problem !== undefined) return at(line, problem);
  }
  for (const { key, line, value } of document.entries) {
    const field = keys.get(key);
    if (field === undefined) {
      if (IMPLIED_KEYS.has(key)) continue;
      const reason = REFUSED_KEYS.get(key);
      if (reason !== undefined) return at(line, `key ${key} is refused: ${reason}`);
      return at(line, unknownKey(key, keys));
    }
    const before = layer.get(field)?.source;
    if (before?.kind === "file") {
      const says = `key ${key} says the same as ${before.key} on line ${before.line}`;
      return at(line, `${says}; allowed: one of them`);
    }
    const texts = textsOf(schema[field] as OptionSpec, value);
    if (texts === undefined) return at(line, wrongType(key, schema[field] as OptionSpec, value));
    layer.set(field, { source: { kind: "file", path, line, key }, texts });
  }
  for (const entry of document.entries) {
    const problem = impliedProblem(schema, layer, entry);
    if (problem !== undefined) return at(entry.line, problem);
  }
  return { kind: "layer", layer };
}

/** Undefined when the value has another type than the option; whether it is allowed comes later. */
function textsOf(spec: OptionSpec, value: TomlValue): readonly string[] | undefined {
  if (isList(spec)) {
    if (value.kind !== "array") return undefined;
    const texts = value.items.map((item) => (item.kind === "string" ? item.text : undefined));
    return texts.every((text) => text !== undefined) ? texts : undefined;
  }
  switch (spec.type) {
    case "flag":
      return value.kind === "boolean" ? [String(value.value)] : undefined;
    case "integer":
      return value.kind === "integer" ? [String(value.value)] : undefined;
    case "number":
      return value.kind === "integer" || value.kind === "float" ? [String(value.value)] : undefined;
    default:
      return value.kind === "string" ? [value.text] : undefined;
  }
}

function wrongType(key: string, spec: OptionSpec, value: TomlValue): string {
  return `key ${key} is ${tomlText(value)}; allowed: ${typeText(spec)}, ${allowedText(spec)}`;
}

function typeText(spec: OptionSpec): string {
  if (isList(spec)) return "a list of strings";
  switch (spec.type) {
    case "flag":
      return "a boolean";
    case "integer":
      return "an integer";
    case "number":
      return "a number";
    default:
      return "a string";
  }
}

function sectionProblem(name: string, keys: ReadonlyMap<string, string>): string | undefined {
  const known = new Set([...keys.keys()].filter((key) => key.includes(".")).map(sectionOf));
  if (known.has(name)) return undefined;
  const nearest = nearestName(name, [...known]);
  const hint =
    nearest === undefined ? `known are ${[...known].join(", ")}` : `did you mean [${nearest}]?`;
  return `unknown section [${shortened(name)}]; ${hint}`;
}

function unknownKey(key: string, keys: ReadonlyMap<string, string>): string {
  const bare = key.slice(key.lastIndexOf(".") + 1);
  const isOutside = bare !== key && keys.has(bare);
  if (isOutside) {
    return `unknown key ${shortened(key)}; ${bare} stands above the first section`;
  }
  const nearest = nearestName(key, [...keys.keys()]) ?? nearestName(bare, [...keys.keys()]);
  const hint =
    nearest === undefined
      ? "caucus node --help lists the options, which are the keys"
      : `did you mean ${nearest}?`;
  return `unknown key ${shortened(key)}; ${hint}`;
}

function shortened(name: string): string {
  const shown = printable(name.slice(0, NAME_SHOWN_MAX));
  return name.length <= NAME_SHOWN_MAX ? shown : `${shown}…`;
}

function sectionOf(key: string): string {
  return key.slice(0, key.indexOf("."));
}

function impliedProblem(
  schema: AnySchema,
  layer: ReadonlyMap<string, Given>,
  { key, value }: TomlEntry,
): string | undefined {
  const rule = IMPLIED_KEYS.get(key);
  const spec = rule === undefined ? undefined : schema[rule.field];
  if (rule === undefined || spec === undefined) return undefined;
  const base = Number(layer.get(rule.field)?.texts[0] ?? defaultValue(spec));
  const expected = base * rule.factor;
  if (value.kind === "integer" && Number(value.value) === expected) return undefined;
  return `key ${key} is ${tomlText(value)}; allowed: ${expected}, since ${rule.why}`;
}

function unreadable(path: string, reason: string): Refused {
  return { kind: "error", message: `Failed to read config file '${path}': ${reason}` };
}

function failureText(thrown: unknown): string {
  if (thrown instanceof TypeError) return "it is not UTF-8 text";
  const code = systemCode(thrown);
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "it does not exist";
    case "EACCES":
    case "EPERM":
      return "this user may not read it";
    default:
      return code ?? String(thrown);
  }
}
