import type { LocalNode } from "./cluster-directory.ts";
import type { ClusterReport } from "./cluster-report.ts";
import { isNode, removePid, stateOf } from "./node-pid.ts";
import type { ProgressBar } from "./progress-bar.ts";

export interface StoppedNode {
  readonly name: string;
  readonly result: "stopped" | "killed" | "not_running";
}

export interface StopOptions {
  /** A node that still runs so long after it was asked to stop is killed. */
  readonly killAfterMs: number;
  readonly report: ClusterReport;
  readonly bar: ProgressBar;
}

/** Of a process that was killed. */
const GONE_LIMIT_MS = 10_000;
const POLL_MS = 50;

/** One after the other, so that a leader can hand its leadership to somebody who stays. */
export async function stopNodes(
  nodes: readonly LocalNode[],
  options: StopOptions,
): Promise<readonly StoppedNode[]> {
  const stopped: StoppedNode[] = [];
  for (const [index, node] of nodes.entries()) {
    const showProgress = (): void => options.bar.update(index, nodes.length, `${node.name} stops`);
    stopped.push({ name: node.name, result: await stopNode(node, options, showProgress) });
  }
  return stopped;
}

async function stopNode(
  node: LocalNode,
  { bar, killAfterMs, report }: StopOptions,
  showProgress: () => void,
): Promise<StoppedNode["result"]> {
  const { name } = node;
  const state = stateOf(node);
  if (state.kind !== "running") {
    const stale = state.kind === "stale" ? "; removed its stale PID file" : "";
    report.warning(`Node ${name} is not running${stale}`);
    removePid(node);
    return "not_running";
  }
  const { pid } = state;
  report.info(`Stopping ${name} (PID: ${pid})...`);
  signal(pid, "SIGTERM");
  const hasEnded = await untilGone(pid, node, killAfterMs, showProgress);
  bar.end();
  if (!hasEnded) {
    report.warning(`Force killing ${name} (PID: ${pid})`);
    signal(pid, "SIGKILL");
    await untilGone(pid, node, GONE_LIMIT_MS, showProgress);
    bar.end();
  }
  removePid(node);
  report.success(`Node ${name} stopped`);
  return hasEnded ? "stopped" : "killed";
}

async function untilGone(
  pid: number,
  node: LocalNode,
  limitMs: number,
  showProgress: () => void,
): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  while (isNode(pid, node)) {
    if (performance.now() > deadlineMs) return false;
    showProgress();
    await new Promise((wake) => setTimeout(wake, POLL_MS));
  }
  return true;
}

/** That it has ended meanwhile is no error. */
function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH")) throw thrown;
  }
}
