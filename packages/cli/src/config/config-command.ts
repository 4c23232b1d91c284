/** `caucus config`: what a node would be told by all sources together, and what it can be told. */

import { jsonText } from "../client/client-schema.ts";
import { tableText } from "../client/table-text.ts";
import { type Command, type CommandContext, defineCommand } from "../command/command.ts";
import { defineCommandGroup } from "../command/command-group.ts";
import type { ExitName } from "../command/exit-codes.ts";
import { type OptionSchema, type OptionValue, optionName } from "../command/option-schema.ts";
import { resolveAgentSettings, resolveMemberSettings } from "../node/member-settings.ts";
import { NODE_GROUPS, NODE_SCHEMA, type NodeFlags } from "../node/node-schema.ts";
import type { Sources } from "./given.ts";
import { describeSource } from "./given.ts";
import { referencePage } from "./reference-page.ts";

interface ShowFlags extends NodeFlags {
  readonly json: boolean;
}

const SHOW_ONLY: OptionSchema<Pick<ShowFlags, "json">> = {
  json: { type: "flag", sayable: "flag", doc: "Prints JSON for programs." },
};

const SHOW_SCHEMA: OptionSchema<ShowFlags> = { ...NODE_SCHEMA, ...SHOW_ONLY };

const SHOW_COMMAND: Command = defineCommand<ShowFlags>({
  name: "config show",
  summary: "prints every option of a node with its value and where that comes from",
  about: [
    "Takes the options of caucus node and reads the same environment and configuration file, but starts nothing. What it refuses, caucus node refuses too.",
    "Addresses and the data directory that follow from other options are shown as derived.",
  ],
  schema: SHOW_SCHEMA,
  groups: [...NODE_GROUPS, { title: "Output", schema: SHOW_ONLY }],
  run: runShow,
});

const REFERENCE_COMMAND: Command = defineCommand<Record<never, never>>({
  name: "config reference",
  summary: "prints docs/operating/configuration.md: every option of a node",
  about: [
    "Prints every option of a node as Markdown, as it is in docs/operating/configuration.md.",
  ],
  schema: {},
  run: async (_values, { stdout }) => {
    stdout.write(referencePage(NODE_GROUPS));
    return "ok";
  },
});

export const CONFIG_COMMAND: Command = defineCommandGroup({
  name: "config",
  summary: "shows how a node is configured, and by what",
  about: [
    "A value comes from the first that has it: flag, environment, configuration file, default.",
  ],
  commands: [SHOW_COMMAND, REFERENCE_COMMAND],
});

interface Shown {
  readonly key: string;
  /** Null when it is not set and nothing follows from other options. */
  readonly value: OptionValue | null;
  readonly source: string;
  /** The flag, the variable, or the file with the line; null for what nobody has said. */
  readonly from: string | null;
}

async function runShow(
  flags: ShowFlags,
  { stdout, version }: CommandContext,
  _positionals: readonly string[],
  sources: Sources,
): Promise<ExitName> {
  const shown = settingsOf(flags, version, sources);
  stdout.write(flags.json ? jsonText({ settings: shown }) : readableText(shown));
  return "ok";
}

/** Throws CaucusError `invalid_argument` like the start of the node. */
function settingsOf(flags: ShowFlags, version: string, sources: Sources): readonly Shown[] {
  const derived = derivedValues(flags, version);
  return Object.keys(NODE_SCHEMA).map((field) => {
    const source = sources[field] ?? { kind: "default" };
    const said = flags[field as keyof NodeFlags];
    const value = said ?? derived[field] ?? null;
    const isDerived = said === undefined && value !== null;
    return {
      key: optionName(field).replaceAll("-", "_"),
      value,
      source: isDerived ? "derived" : source.kind,
      from: describeSource(source) ?? null,
    };
  });
}

/** What follows from other options, for those that are not set. */
function derivedValues(flags: NodeFlags, version: string): Readonly<Record<string, OptionValue>> {
  const isMember = flags.id !== undefined;
  const member = isMember ? resolveMemberSettings(flags, flags.id, version) : undefined;
  const { addresses } = member ?? resolveAgentSettings(flags, version);
  return {
    apiAddr: addresses.api,
    gossipAddr: addresses.gossip,
    ...(member === undefined
      ? {}
      : {
          rpcAddr: addresses.rpc,
          nodeName: `node-${member.label}`,
          ...(member.storage === "rocksdb" ? { dataDir: member.dataDir } : {}),
        }),
  };
}

function readableText(shown: readonly Shown[]): string {
  const rows = shown.map(({ from, key, source, value }) => [
    key,
    value === null ? "-" : valueText(value),
    from ?? source,
  ]);
  return `${tableText([["KEY", "VALUE", "FROM"], ...rows])}\n`;
}

function valueText(value: OptionValue): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? "(none)" : value.join(",");
}
