/** `caucus cluster stop|status|logs|test|clean…`: the nodes of a directory. */
import { existsSync } from "node:fs";
import { jsonText } from "../client/client-schema.ts";
import { type Command, type CommandContext, defineCommand } from "../command/command.ts";
import { EXIT_CODES, type ExitName } from "../command/exit-codes.ts";
import type { OptionSchema } from "../command/option-schema.ts";
import { watchStopSignals } from "../stop-signal.ts";
import { cleanData, cleanLogs } from "./clean-files.ts";
import {
  DIRECTORY_SCHEMA,
  type DirectoryFlags,
  type LocalNode,
  nodeNamed,
} from "./cluster-directory.ts";
import { followLog } from "./follow-log.ts";
import { readNodeConf } from "./node-conf.ts";
import { stateOf } from "./node-pid.ts";
import {
  chosenNodes,
  NODE_OPTION,
  type NodeFlags,
  onDirectory,
  readConfs,
  STOP_OPTION,
  type StopFlags,
  type Surroundings,
} from "./on-directory.ts";
import { createProgressBar } from "./progress-bar.ts";
import { RESTART_COMMAND, START_COMMAND } from "./start-commands.ts";
import { stopNodes } from "./stop-nodes.ts";
import { testNodes } from "./test-nodes.ts";

type StopCommandFlags = NodeFlags & StopFlags;

const STOP_SCHEMA: OptionSchema<StopCommandFlags> = {
  ...NODE_OPTION,
  ...STOP_OPTION,
  ...DIRECTORY_SCHEMA,
};

const STOP: Command = defineCommand<StopCommandFlags>({
  name: "cluster stop",
  summary: "stops the nodes of a directory",
  about: [
    "Asks the nodes to stop, one after the other; one that does not is killed. Nodes that do not run are no error. A pid file counts only when that process is the node: a number that belongs to another program by now is left alone.",
  ],
  schema: STOP_SCHEMA,
  run: (flags, context) => onDirectory(flags, context, (surroundings) => stop(flags, surroundings)),
});

async function stop(flags: StopCommandFlags, surroundings: Surroundings): Promise<ExitName> {
  const { context, directory, report } = surroundings;
  report.info(flags.node === undefined ? "Stopping all nodes..." : "Stopping one node...");
  const nodes = await stopNodes(chosenNodes(flags, directory), {
    report,
    killAfterMs: flags.killAfterMs,
    bar: createProgressBar({ sink: context.stderr }),
  });
  if (flags.json) context.stdout.write(jsonText({ nodes }));
  if (flags.node === undefined) report.success("All nodes stopped");
  return "ok";
}

const STATUS: Command = defineCommand<DirectoryFlags>({
  name: "cluster status",
  summary: "shows which nodes of a directory run, and where",
  about: ["Shows which nodes run. caucus status shows what they know of each other."],
  schema: DIRECTORY_SCHEMA,
  run: (flags, context) =>
    onDirectory(flags, context, async ({ directory, report }) => {
      const nodes = directory.nodes.map((node) => ({ node, state: stateOf(node) }));
      if (flags.json) {
        const shown = nodes.map(({ node, state }) => ({
          name: node.name,
          state: state.kind,
          pid: state.kind === "running" ? state.pid : null,
          api_addr: apiAddressOf(node, context) ?? null,
        }));
        context.stdout.write(jsonText({ nodes: shown }));
        return "ok";
      }
      report.info("Cluster status:");
      report.line("");
      for (const { node, state } of nodes) {
        const port = apiAddressOf(node, context)?.split(":").at(-1) ?? "unknown";
        const text = {
          running: `Running (PID: ${state.kind === "running" ? state.pid : ""}, HTTP: ${port})`,
          stale: "Stopped (stale PID file)",
          stopped: "Stopped",
        }[state.kind];
        report.line(`  ${report.dot(state.kind === "running")} ${node.name} - ${text}`);
      }
      report.line("");
      return "ok";
    }),
});

/** Undefined for a file that can't be read now: the node may have started from what it was. */
function apiAddressOf(node: LocalNode, { environment }: CommandContext): string | undefined {
  try {
    return readNodeConf(node, environment).addresses.api;
  } catch {
    return undefined;
  }
}

interface LogFlags extends DirectoryFlags {
  readonly lines: number;
  readonly once: boolean;
}

const LOGS: Command = defineCommand<LogFlags>({
  name: "cluster logs",
  summary: "shows the log of one node, and what is added to it",
  about: ["Shows the end of a node's log and what is added, until Ctrl+C."],
  positionals: [
    { name: "NODE", doc: "The name of its configuration file without .toml.", optional: true },
  ],
  schema: {
    lines: {
      type: "integer",
      min: 1,
      max: 1_000_000,
      unit: "lines",
      sayable: "flag",
      default: 100,
      doc: "How much of what is there is shown first.",
    },
    once: { type: "flag", sayable: "flag", doc: "Ends with what is there." },
    ...DIRECTORY_SCHEMA,
  },
  run: (flags, context, [name]) =>
    onDirectory(flags, context, async ({ directory, report }) => {
      const node = nodeNamed(name, directory);
      if (!existsSync(node.logPath)) {
        report.error(`Log file for ${node.name} not found: ${node.shownLog}`);
        return "failure";
      }
      if (!flags.once) report.info(`Showing logs for ${node.name} (Ctrl+C to exit)...`);
      const signal = flags.once ? undefined : watchStopSignals({ again: endAtOnce });
      const { stdout: sink } = context;
      try {
        const { lines } = flags;
        await followLog({ path: node.logPath, sink, lines, stop: signal?.requested });
      } finally {
        signal?.dispose();
      }
      return "ok";
    }),
});

function endAtOnce(): void {
  process.exit(EXIT_CODES.interrupted.code);
}

const TEST: Command = defineCommand<DirectoryFlags>({
  name: "cluster test",
  summary: "asks every node how it is, writes a key, and reads it from all",
  about: [
    "Asks every node how it is, writes the key test:timestamp through any of them, and reads it from each node itself. Fails unless all are ready and have it.",
  ],
  schema: DIRECTORY_SCHEMA,
  run: (flags, context) =>
    onDirectory(flags, context, async (surroundings) => {
      const { report } = surroundings;
      report.info("Testing cluster...");
      const now = new Date().toISOString();
      const result = await testNodes(readConfs(surroundings), now, report);
      if (flags.json) context.stdout.write(jsonText(result));
      return result.passed ? "ok" : "failure";
    }),
});

const CLEAN: Command = defineCommand<DirectoryFlags>({
  name: "cluster clean",
  summary: "removes the logs of the nodes of a directory, and nothing else",
  about: ["Removes the log files. Those of running nodes are emptied."],
  schema: DIRECTORY_SCHEMA,
  run: (flags, context) =>
    onDirectory(flags, context, async ({ directory, report }) => {
      report.info("Cleaning up log files...");
      const logs = cleanLogs(directory.nodes);
      if (flags.json) context.stdout.write(jsonText({ logs }));
      report.success(`Log files cleaned: ${logs.length}`);
      return "ok";
    }),
});

function cleanDataCommand(
  name: string,
  summary: string,
  about: string,
  alsoLogs: boolean,
): Command {
  return defineCommand<DirectoryFlags>({
    name,
    summary,
    about: [about, "Refused while a node runs, and for a directory that is not a node's."],
    schema: DIRECTORY_SCHEMA,
    run: (flags, context) =>
      onDirectory(flags, context, async (surroundings) => {
        const { directory, report } = surroundings;
        const data = await cleanData(readConfs(surroundings));
        const logs = alsoLogs ? cleanLogs(directory.nodes) : [];
        if (flags.json) context.stdout.write(jsonText({ data, logs }));
        for (const path of [...data, ...logs]) report.line(`  ${path}`);
        report.success(`Removed: ${data.length} data directories, ${logs.length} log files`);
        return "ok";
      }),
  });
}

/** In the order of `caucus cluster --help`. */
export const LOCAL_COMMANDS: readonly Command[] = [
  START_COMMAND,
  STOP,
  RESTART_COMMAND,
  STATUS,
  LOGS,
  TEST,
  CLEAN,
  cleanDataCommand(
    "cluster clean-data",
    "removes all data of the nodes of a directory",
    "Removes the data directories of the nodes: everything they hold.",
    false,
  ),
  cleanDataCommand(
    "cluster clean-all",
    "removes the data and the logs of the nodes of a directory",
    "Removes the data directories of the nodes, everything they hold, and their logs.",
    true,
  ),
];
