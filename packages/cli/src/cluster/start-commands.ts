/** `caucus cluster start` and `restart`: the nodes of a directory, until they are ready. */
import { createClient } from "@caucus/client";
import { jsonText } from "../client/client-schema.ts";
import { type Command, defineCommand } from "../command/command.ts";
import { ExitError, type ExitName } from "../command/exit-codes.ts";
import type { ChoiceOption, OptionSchema } from "../command/option-schema.ts";
import { LOG_SCHEMA } from "../node/node-schema.ts";
import { DIRECTORY_SCHEMA } from "./cluster-directory.ts";
import { refuseConflicts } from "./conf-conflicts.ts";
import type { NodeConf } from "./node-conf.ts";
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
import { createProgressBar, type ProgressBar } from "./progress-bar.ts";
import { type StartedNode, startNodes } from "./start-nodes.ts";
import { stopNodes } from "./stop-nodes.ts";

const LEVELS: readonly string[] = (LOG_SCHEMA.logLevel as ChoiceOption).choices;

const LEVEL = {
  name: "LEVEL",
  doc: `Of the nodes' logs: ${LEVELS.join(", ")}; default as each node is configured.`,
  optional: true,
} as const;

interface StartFlags extends NodeFlags {
  readonly waitMs: number;
}

const START_SCHEMA: OptionSchema<StartFlags> = {
  ...NODE_OPTION,
  waitMs: {
    type: "integer",
    min: 0,
    max: 600_000,
    unit: "ms",
    sayable: "flag",
    default: 30_000,
    doc: "How long to wait until all nodes are ready, when all of them run.",
  },
  ...DIRECTORY_SCHEMA,
};

export const START_COMMAND: Command = defineCommand<StartFlags>({
  name: "cluster start",
  summary: "starts the nodes of a directory, and waits until they are ready",
  about: [
    "Starts one node per file of the directory, one after the other, as processes of their own: they go on when this command ends, and when the terminal is closed. A node that runs already is left alone. All files are read first, so that nothing starts when one of them is wrong, or when two nodes want the same port.",
    "Relative paths in the files are relative to the working directory.",
  ],
  positionals: [LEVEL],
  schema: START_SCHEMA,
  run: (flags, context, [level]) =>
    onDirectory(flags, context, (surroundings) => start(flags, surroundings, level)),
});

async function start(
  flags: StartFlags,
  surroundings: Surroundings,
  level: string | undefined,
): Promise<ExitName> {
  const { context, directory, report } = surroundings;
  checkLevel(level);
  const chosen = chosenNodes(flags, directory);
  const confs = readConfs(surroundings);
  refuseConflicts(confs);
  const wanted = confs.filter(({ node }) => chosen.includes(node));
  report.info(chosen.length > 1 ? "Starting all nodes in the cluster..." : "Starting one node...");
  const bar = createProgressBar({ sink: context.stderr });
  const started = await startNodes(directory, wanted, { level, report, bar });
  const runs = directory.nodes.filter((node) => stateOf(node).kind === "running");
  const isWhole = runs.length === directory.nodes.length;
  const notReady = isWhole ? await waitUntilReady(confs, flags.waitMs, bar) : [];
  if (flags.json) context.stdout.write(jsonText(startedJson(started, isWhole, notReady)));
  for (const reason of notReady) report.error(reason);
  if (notReady.length > 0) return "unavailable";
  if (isWhole) report.success("Cluster startup complete!");
  else report.info(`${runs.length} of ${directory.nodes.length} nodes run`);
  report.info("To view logs, check the status, test or stop: logs <node>, status, test, stop");
  return "ok";
}

function startedJson(
  nodes: readonly StartedNode[],
  isWhole: boolean,
  reasons: readonly string[],
): object {
  return { nodes, ready: isWhole && reasons.length === 0, reasons };
}

function checkLevel(level: string | undefined): void {
  if (level === undefined || LEVELS.includes(level)) return;
  throw new ExitError(
    "usage",
    `LEVEL ${JSON.stringify(level)} is not allowed; allowed: one of ${LEVELS.join(", ")}`,
  );
}

const READY_POLL_MS = 100;

/** Why nodes are not ready in the end; empty when all are. */
async function waitUntilReady(
  confs: readonly NodeConf[],
  limitMs: number,
  bar: ProgressBar,
): Promise<readonly string[]> {
  const deadlineMs = performance.now() + limitMs;
  try {
    for (;;) {
      const answers = await Promise.all(confs.map(whyNotReady));
      const reasons = answers.filter((reason) => reason !== undefined);
      if (reasons.length === 0 || performance.now() >= deadlineMs) return reasons;
      const done = confs.length - reasons.length;
      bar.update(done, confs.length, `${done} of ${confs.length} nodes are ready`);
      await new Promise((wake) => setTimeout(wake, READY_POLL_MS));
    }
  } finally {
    bar.end();
  }
}

async function whyNotReady({ addresses, node }: NodeConf): Promise<string | undefined> {
  const endpoint = `http://${addresses.api}`;
  try {
    const client = createClient({ endpoints: [endpoint], timeoutMs: 1_000 });
    const { ready, reasons } = await client.health(endpoint);
    return ready ? undefined : `Node ${node.name} is not ready: ${reasons.join("; ")}`;
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return `Node ${node.name} is not ready: ${reason}`;
  }
}

type RestartFlags = StartFlags & StopFlags;

export const RESTART_COMMAND: Command = defineCommand<RestartFlags>({
  name: "cluster restart",
  summary: "stops and starts the nodes of a directory",
  about: ["Stops all nodes, or one, and starts them again; the others are left as they are."],
  positionals: [LEVEL],
  schema: { ...START_SCHEMA, ...STOP_OPTION },
  run: (flags, context, [level]) =>
    onDirectory(flags, context, async (surroundings) => {
      checkLevel(level);
      // A wrong file shall not stop a cluster that runs.
      refuseConflicts(readConfs(surroundings));
      const { directory, report } = surroundings;
      const { killAfterMs } = flags;
      const bar = createProgressBar({ sink: context.stderr });
      await stopNodes(chosenNodes(flags, directory), { bar, killAfterMs, report });
      return await start(flags, surroundings, level);
    }),
});
