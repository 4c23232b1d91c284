/** Starts the nodes of a directory as processes of their own, which outlive this one. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { parseAddress } from "@caucus/base";
import { createClient } from "@caucus/client";
import { EXIT_CODES, ExitError, type ExitName } from "../command/exit-codes.ts";
import { MAIN_PATH } from "../main-path.ts";
import { makeDirectory } from "../make-directory.ts";
import { listenFailureText, whyNotListen, whyNotReceive } from "../node/port-check.ts";
import type { ClusterDirectory, LocalNode } from "./cluster-directory.ts";
import type { ClusterReport } from "./cluster-report.ts";
import { lastLine } from "./follow-log.ts";
import type { NodeConf } from "./node-conf.ts";
import { nodeArguments, removePid, stateOf, writePid } from "./node-pid.ts";
import type { ProgressBar } from "./progress-bar.ts";

/** A node that does not serve HTTP by then has failed. */
const LISTEN_LIMIT_MS = 30_000;
const POLL_MS = 50;

export interface StartedNode {
  readonly name: string;
  readonly pid: number;
  readonly result: "started" | "already_running";
}

export interface StartOptions {
  /** Of the log; undefined: as the configuration says. */
  readonly level: string | undefined;
  readonly report: ClusterReport;
  readonly bar: ProgressBar;
}

/**
 * One after the other. The first that can't start ends it with ExitError; those before it keep
 * running.
 */
export async function startNodes(
  directory: ClusterDirectory,
  confs: readonly NodeConf[],
  options: StartOptions,
): Promise<readonly StartedNode[]> {
  makeLogDirectory(directory.logDir);
  const started: StartedNode[] = [];
  for (const [index, conf] of confs.entries()) {
    const showProgress = (): void =>
      options.bar.update(index, confs.length, `${conf.node.name} starts`);
    started.push(await startNode(conf, options, showProgress));
  }
  return started;
}

function makeLogDirectory(path: string): void {
  try {
    makeDirectory(path);
    accessSync(path, constants.W_OK);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ExitError("failure", `The directory of logs and PID files can't be used: ${reason}`);
  }
}

async function startNode(
  conf: NodeConf,
  { bar, level, report }: StartOptions,
  showProgress: () => void,
): Promise<StartedNode> {
  const { node } = conf;
  const { name } = node;
  const state = stateOf(node);
  if (state.kind === "running") {
    report.warning(`Node ${name} is already running (PID: ${state.pid})`);
    return { name, pid: state.pid, result: "already_running" };
  }
  if (state.kind === "stale") {
    report.warning(`Removed the stale PID file of ${name}: that process is not this node`);
    removePid(node);
  }
  await checkPorts(conf);
  report.info(`Starting node ${name}...`);
  const child = spawnNode(node, level);
  const pid = child.pid ?? 0;
  if (pid > 0 && !writePid(node, pid)) {
    child.kill("SIGKILL");
    throw new ExitError("refused", `Node ${name} is being started by another command`);
  }
  try {
    await untilListening(child, conf, showProgress);
  } catch (thrown) {
    child.kill("SIGKILL");
    removePid(node);
    throw thrown;
  } finally {
    bar.end();
  }
  child.unref();
  report.success(`Node ${name} started successfully (PID: ${pid})`);
  report.info(`  Log: ${node.shownLog}`);
  return { name, pid, result: "started" };
}

async function checkPorts({ addresses, node }: NodeConf): Promise<void> {
  for (const { text, why } of [
    { text: addresses.rpc, why: whyNotListen },
    { text: addresses.api, why: whyNotListen },
    { text: addresses.gossip, why: whyNotReceive },
  ]) {
    const address = parseAddress(text);
    const code = address === undefined ? "EADDRNOTAVAIL" : await why(address);
    if (code === undefined) continue;
    const protocol = why === whyNotReceive ? " (UDP, for gossip)" : "";
    throw new ExitError(
      "addressInUse",
      `Node ${node.name} can't start: ${text}${protocol} ${listenFailureText(code)}; lsof -i :${address?.port} shows by whom, ${node.shownConf} can name another`,
    );
  }
}

/** In a session of its own, so that Ctrl+C of this terminal does not reach it. */
function spawnNode(node: LocalNode, level: string | undefined): ChildProcess {
  const log = openSync(node.logPath, "a");
  try {
    const argv = [
      MAIN_PATH,
      ...nodeArguments(node),
      ...(level === undefined ? [] : ["--log-level", level]),
    ];
    return spawn(process.execPath, argv, { detached: true, stdio: ["ignore", log, log] });
  } finally {
    closeSync(log);
  }
}

async function untilListening(
  child: ChildProcess,
  { addresses, node }: NodeConf,
  showProgress: () => void,
): Promise<void> {
  let end: ExitName | undefined;
  child.once("error", () => (end = "failure"));
  child.once("exit", (code) => (end = exitOf(code)));
  const endpoint = `http://${addresses.api}`;
  const client = createClient({ endpoints: [endpoint], timeoutMs: 1_000 });
  const deadlineMs = performance.now() + LISTEN_LIMIT_MS;
  while (performance.now() < deadlineMs) {
    if (end !== undefined) {
      throw new ExitError(end, `Failed to start node ${node.name}: ${await lastWords(node)}`);
    }
    if (await answers(() => client.health(endpoint))) return;
    showProgress();
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
  throw new ExitError(
    "failure",
    `Failed to start node ${node.name}: it did not listen on ${addresses.api} within ${LISTEN_LIMIT_MS} ms; see ${node.shownLog}`,
  );
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch {
    return false;
  }
}

/** That of the node, so that a script sees the same as from `caucus node`. */
function exitOf(code: number | null): ExitName {
  const exits = Object.keys(EXIT_CODES) as ExitName[];
  return exits.find((name) => name !== "ok" && EXIT_CODES[name].code === code) ?? "failure";
}

async function lastWords({ logPath, shownLog }: LocalNode): Promise<string> {
  const line = await lastLine(logPath);
  return `${line.replace(/^caucus: /, "")}; see ${shownLog}`;
}
