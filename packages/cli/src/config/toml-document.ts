/** A TOML text as a flat list of keys, each with its line, because messages name both. */
import { type AST, ParseError, parseTOML } from "toml-eslint-parser";

/** As TOML has it: what a value is there is not guessed from its text. */
export type TomlValue =
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "array"; readonly items: readonly TomlValue[] }
  /** Dates, and tables within arrays: nothing here takes them. */
  | { readonly kind: "other"; readonly what: string };

export interface TomlEntry {
  /** With its section: `raft.addr`. */
  readonly key: string;
  /** Counted from 1. */
  readonly line: number;
  readonly value: TomlValue;
}

export interface TomlDocument {
  readonly kind: "document";
  readonly entries: readonly TomlEntry[];
  /** The headings `[name]`, also of sections without a key. */
  readonly sections: readonly { readonly name: string; readonly line: number }[];
}

export interface TomlFailure {
  readonly kind: "error";
  readonly line: number;
  /** Counted from 1. */
  readonly column: number;
  /** Of the line at fault; undefined when there is none to see. */
  readonly key: string | undefined;
  readonly reason: string;
}

export function parseTomlDocument(text: string): TomlDocument | TomlFailure {
  try {
    return documentOf(parseTOML(text, { tomlVersion: "1.0" }));
  } catch (thrown) {
    if (!(thrown instanceof ParseError)) throw thrown;
    return failureAt(text, thrown);
  }
}

function failureAt(text: string, { column, index, lineNumber, message }: ParseError): TomlFailure {
  const lines = text.split("\n");
  // What a line lacks is noticed at the beginning of the next one: there the next key stands.
  const isLack = column === 0 && lineNumber > 1 && /^["'\w\s[]|^$/.test(text.slice(index));
  const before = text.slice(0, index).trimEnd().split("\n");
  const isHere = !isLack || message.startsWith("Defining");
  const line = isHere ? lineNumber : before.length;
  return {
    kind: "error",
    line,
    column: isHere ? column + 1 : (before.at(-1)?.length ?? 0) + 1,
    key: keyAt(lines.slice(0, line)),
    reason: message.charAt(0).toLowerCase() + message.slice(1),
  };
}

/** The key of the last line; where it has none, of the list that it goes on with. */
function keyAt(lines: readonly string[]): string | undefined {
  const last = lines.at(-1) ?? "";
  const own = /^\s*([\w."'-]+)\s*(?:=|$)/.exec(last)?.[1];
  if (own !== undefined && !/^\s*["']/.test(last)) return own;
  const above = lines.findLast((line) => /^\s*[\w."'-]+\s*=/.test(line));
  return /^\s*["'\d\]]/.test(last) ? above?.split("=")[0]?.trim() : undefined;
}

function documentOf(program: AST.TOMLProgram): TomlDocument {
  const entries: TomlEntry[] = [];
  const sections: { name: string; line: number }[] = [];
  for (const node of program.body[0].body) {
    if (node.type === "TOMLKeyValue") {
      entries.push(...entriesOf(node, []));
      continue;
    }
    const names = namesOf(node.key);
    const what = node.kind === "array" ? `[${names.join(".")}]` : names.join(".");
    sections.push({ name: what, line: node.loc.start.line });
    for (const pair of node.body) entries.push(...entriesOf(pair, names));
  }
  return { kind: "document", entries, sections };
}

/** More than one for an inline table, which is a section in another spelling. */
function entriesOf(
  { key, loc, value }: AST.TOMLKeyValue,
  parents: readonly string[],
): readonly TomlEntry[] {
  const names = [...parents, ...namesOf(key)];
  if (value.type === "TOMLInlineTable") {
    return value.body.flatMap((pair) => entriesOf(pair, names));
  }
  return [{ key: names.join("."), line: loc.start.line, value: tomlValueOf(value) }];
}

function namesOf(key: AST.TOMLKey): readonly string[] {
  return key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value));
}

function tomlValueOf(node: AST.TOMLContentNode): TomlValue {
  switch (node.type) {
    case "TOMLArray":
      return { kind: "array", items: node.elements.map(tomlValueOf) };
    case "TOMLInlineTable":
      return { kind: "other", what: "a table" };
    case "TOMLValue":
      break;
  }
  switch (node.kind) {
    case "string":
      return { kind: "string", text: node.value };
    case "integer":
      return { kind: "integer", value: node.bigint };
    case "float":
      return { kind: "float", value: node.value };
    case "boolean":
      return { kind: "boolean", value: node.value };
    default:
      return { kind: "other", what: "a date or time" };
  }
}

/** A value as it would be written in TOML, cut when it is long. */
export function tomlText(value: TomlValue): string {
  switch (value.kind) {
    case "string":
      return JSON.stringify(value.text.slice(0, 200));
    case "integer":
    case "float":
    case "boolean":
      return String(value.value);
    case "array":
      return `[${value.items.slice(0, 10).map(tomlText).join(", ")}]`;
    case "other":
      return `(${value.what})`;
  }
}
