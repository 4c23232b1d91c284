import { EXIT_CODES } from "./exit-codes.ts";
import type { Positional } from "./option-parser.ts";
import {
  type AnySchema,
  allowedText,
  defaultText,
  isList,
  type OptionGroup,
  type OptionSpec,
  optionName,
} from "./option-schema.ts";

const WIDTH = 96;
const INDENT = "      ";

/** What a command says about itself. */
export interface CommandHelp {
  readonly name: string;
  /** Half a sentence for the list of commands. */
  readonly summary: string;
  /** Paragraphs above the options. */
  readonly about: readonly string[];
  readonly schema: AnySchema;
  /** The options under headings, all of them; empty: without headings. */
  readonly groups: readonly OptionGroup[];
  readonly positionals: readonly Positional[];
  /** Of a command that is only the first word of others. */
  readonly subcommands: readonly CommandHelp[];
}

/** `caucus help`. */
export function overviewText(version: string, commands: readonly CommandHelp[]): string {
  return [
    `caucus ${version}: a distributed key-value store`,
    "",
    "Usage: caucus COMMAND [OPTIONS]",
    "",
    "Commands:",
    ...commandLines(commands),
    "",
    "caucus COMMAND --help lists the options of a command with their defaults.",
    "",
    ...exitLines(),
    "",
  ].join("\n");
}

function commandLines(commands: readonly CommandHelp[]): readonly string[] {
  const width = Math.max(...commands.map((command) => command.name.length)) + 2;
  return commands.map((command) => `  ${command.name.padEnd(width)}${command.summary}`);
}

function exitLines(): readonly string[] {
  const exits = Object.values(EXIT_CODES);
  return ["Exit codes:", ...exits.map(({ code, doc }) => `  ${String(code).padStart(3)}  ${doc}`)];
}

/** `caucus COMMAND --help`: every option with its default and what is allowed, and the exit codes. */
export function commandText(command: CommandHelp): string {
  const { name, positionals, subcommands } = command;
  const about = command.about.flatMap((paragraph) => [...wrap(paragraph, ""), ""]);
  if (subcommands.length > 0) {
    const commands = ["Commands:", ...commandLines(subcommands), ""];
    return [`Usage: caucus ${name} COMMAND`, "", ...about, ...commands, ...exitLines(), ""].join(
      "\n",
    );
  }
  const places = positionals.map((one) =>
    one.optional === true ? ` [${one.name}]` : ` ${one.name}`,
  );
  return [
    `Usage: caucus ${name}${places.join("")} [OPTIONS]`,
    "",
    ...about,
    ...positionals.flatMap((one) => [`  ${one.name}`, ...wrap(one.doc, INDENT), ""]),
    "Options (dashes and underscores are the same; --name VALUE or --name=VALUE):",
    "",
    ...(command.groups.length === 0
      ? schemaLines(command.schema)
      : command.groups.flatMap(({ schema, title }) => [`${title}:`, "", ...schemaLines(schema)])),
    "  -h, --help",
    `${INDENT}This text.`,
    "",
    "  -V, --version",
    `${INDENT}The version of caucus.`,
    "",
    ...exitLines(),
    "",
  ].join("\n");
}

function schemaLines(schema: AnySchema): readonly string[] {
  return Object.entries(schema).flatMap(([field, spec]) => optionLines(optionName(field), spec));
}

function optionLines(name: string, spec: OptionSpec): string[] {
  const names = [name, ...(spec.aliases ?? [])].map((one) => `--${one}`).join(", ");
  const value = spec.type === "flag" ? "" : ` ${spec.placeholder ?? placeholder(spec)}`;
  const fallback = defaultText(spec);
  const required = "required" in spec && spec.required === true;
  const facts = [
    spec.type === "flag" ? undefined : `Allowed: ${allowedText(spec)}.`,
    isList(spec) ? "Repeatable, or separated by commas." : undefined,
    required ? "Required." : `Default: ${fallback ?? "none"}.`,
  ].filter((fact) => fact !== undefined);
  return [`  ${names}${value}`, ...wrap(`${spec.doc} ${facts.join(" ")}`, INDENT), ""];
}

function placeholder(spec: OptionSpec): string {
  switch (spec.type) {
    case "integer":
      return spec.unit === undefined ? "N" : spec.unit.toUpperCase();
    case "number":
      return "N";
    case "choice":
      return spec.choices.join("|");
    case "choice-list":
      return "NAME";
    case "address":
    case "address-list":
      return "HOST:PORT";
    case "endpoint-list":
    case "origin-list":
      return "URL";
    case "path":
      return "PATH";
    case "text":
      return "TEXT";
    case "flag":
      return "";
  }
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line.length + word.length > WIDTH && line.trim() !== "") {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  lines.push(line.trimEnd());
  return lines;
}
