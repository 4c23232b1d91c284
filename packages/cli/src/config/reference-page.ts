/** docs/operating/configuration.md, made from the schema so that it can't be out of date. */
import {
  type AnySchema,
  allowedText,
  defaultText,
  type OptionGroup,
  type OptionSpec,
  optionName,
} from "../command/option-schema.ts";
import { FURTHER_KEYS, IMPLIED_KEYS, REFUSED_KEYS } from "./toml-keys.ts";

const HEAD = `# Configuration of a node

<!-- Written by \`npm run fix\` from the schemas in packages/cli/src; changes here are lost. -->

Every option of \`caucus node\` can be said by a flag, by an environment variable and, but for a few, in a
configuration file. A value comes from the first that has it:

1. the flag: \`--data-dir DIR\`; dashes and underscores are the same, \`--name VALUE\` or \`--name=VALUE\`;
2. the environment: \`CAUCUS_\` and the name in capitals, \`CAUCUS_DATA_DIR\`; an empty variable counts as not set;
3. the configuration file in TOML that \`--conf FILE\`, \`--config FILE\` or \`CAUCUS_CONF\` names: \`data_dir = "DIR"\`;
4. the default.

An unknown name is an error in each of them, which suggests the nearest and says where it stands; so is one value
by two spellings in one source. \`caucus config show\`, with the same flags, prints every value and where it comes from.
Paths are relative to the working directory.

- \`CAUCUS_LOG\` is \`CAUCUS_LOG_LEVEL\`. \`RUST_LOG\` is read after it: the level for everything in it counts (\`info\` of
  \`info,hyper=debug\`; \`trace\` is \`debug\`, \`off\` is \`silent\`), the rest is ignored.
- \`CAUCUS_NODE_ID\` is refused, because label and gossip name could be meant: \`CAUCUS_ID\` or \`CAUCUS_NODE_NAME\`.
- Variables like \`CAUCUS_SERVICE_HOST\` and \`CAUCUS_PORT_7001_TCP\`, which Kubernetes sets for a service of that name,
  are left alone.

A file for one of three nodes:

\`\`\`toml
node_id = 1
raft_addr = "127.0.0.1:7001"
http_addr = "127.0.0.1:8001"
join = ["127.0.0.1:7002", "127.0.0.1:7003"]
data_path = "data/node1"
forward_writes = true
dialects = ["raft-cluster"]
log_file = "logs/node1.log"
\`\`\`
`;

/** Markdown with one title, whose only long lines are rows of tables. */
export function referencePage(groups: readonly OptionGroup[]): string {
  return [
    HEAD,
    ...groups.flatMap(({ schema, title }) => [
      `## ${title}\n`,
      "| key | default | allowed | |",
      "|---|---|---|---|",
      ...Object.entries(schema).map(([field, spec]) => optionRow(field, spec)),
      "",
    ]),
    ...furtherKeys(groups),
  ].join("\n");
}

function optionRow(field: string, spec: OptionSpec): string {
  const names = [optionName(field), ...(spec.aliases ?? [])]
    .map((name) => name.replaceAll("-", "_"))
    .filter((name) => !FURTHER_KEYS.has(name));
  const only =
    spec.sayable === "flag"
      ? " Only as a flag."
      : spec.sayable === "flag-or-environment"
        ? " Not in a configuration file."
        : "";
  const cells = [
    names.map((name) => `\`${name}\``).join(", "),
    defaultText(spec) ?? "none",
    allowedText(spec),
    spec.doc + only,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function furtherKeys(groups: readonly OptionGroup[]): readonly string[] {
  const schema: AnySchema = Object.assign({}, ...groups.map((group) => group.schema));
  const same = [...FURTHER_KEYS].filter(([, field]) => schema[field] !== undefined);
  return [
    "## Further keys of a configuration file\n",
    "The spellings of seed 3, which later has sections:\n",
    "| key | is |",
    "|---|---|",
    ...same.map(([key, field]) => `| \`${key}\` | \`${keyOf(field)}\` |`),
    ...[...IMPLIED_KEYS].map(
      ([key, { factor, field, why }]) =>
        `| \`${key}\` | allowed if it is ${factor} times \`${keyOf(field)}\`: ${why} |`,
    ),
    ...[...REFUSED_KEYS].map(([key, reason]) => `| \`${key}\` | refused: ${reason} |`),
    "",
    "`node_id` is the label here, an integer; the flag `--node_id` is the name in gossip, `node_name` here.",
    "",
  ];
}

function keyOf(field: string): string {
  return optionName(field).replaceAll("-", "_");
}
