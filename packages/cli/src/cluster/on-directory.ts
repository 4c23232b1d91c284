import { CaucusError } from "@caucus/base";
import type { CommandContext } from "../command/command.ts";
import { ExitError, type ExitName, exitNameOf } from "../command/exit-codes.ts";
import type { OptionSchema } from "../command/option-schema.ts";
import {
  type ClusterDirectory,
  type DirectoryFlags,
  type LocalNode,
  nodeNamed,
  readClusterDirectory,
} from "./cluster-directory.ts";
import { type ClusterReport, createClusterReport } from "./cluster-report.ts";
import { type NodeConf, readNodeConf } from "./node-conf.ts";

export interface NodeFlags extends DirectoryFlags {
  readonly node: string | undefined;
}

export interface StopFlags {
  readonly killAfterMs: number;
}

/** Of whatever stops nodes. */
export const STOP_OPTION: OptionSchema<StopFlags> = {
  killAfterMs: {
    type: "integer",
    min: 100,
    max: 600_000,
    unit: "ms",
    sayable: "flag",
    default: 10_000,
    doc: "A node that still runs so long after it was asked to stop is killed.",
  },
};

export const NODE_OPTION = {
  node: {
    type: "text",
    sayable: "flag",
    placeholder: "NAME",
    doc: "Only this node; default all of them.",
  },
} as const;

/** What a command about the nodes of a directory works with. */
export interface Surroundings {
  readonly context: CommandContext;
  readonly report: ClusterReport;
  readonly directory: ClusterDirectory;
}

/** Says failures as all else is said, with a prefix, and ends with their exit code. */
export async function onDirectory(
  flags: DirectoryFlags,
  context: CommandContext,
  run: (surroundings: Surroundings) => Promise<ExitName>,
): Promise<ExitName> {
  const report = createClusterReport(context, flags.json);
  try {
    return await run({ context, report, directory: readClusterDirectory(flags) });
  } catch (thrown) {
    if (!(thrown instanceof ExitError || thrown instanceof CaucusError)) throw thrown;
    report.error(thrown.message);
    return exitNameOf(thrown);
  }
}

export function chosenNodes(
  { node }: NodeFlags,
  directory: ClusterDirectory,
): readonly LocalNode[] {
  return node === undefined ? directory.nodes : [nodeNamed(node, directory)];
}

/** Throws ExitError `usage` for the first file that is wrong. */
export function readConfs({ context, directory }: Surroundings): readonly NodeConf[] {
  return directory.nodes.map((node) => readNodeConf(node, context.environment));
}
