/**
 * Who runs a node. Its pid file holds a number and nothing else, as scripts expect it; but a number
 * is no proof, since the system gives it to another program once the node is gone. So whoever has
 * the number counts as the node only when its command line names the node's configuration file.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { systemCode } from "../command/exit-codes.ts";
import type { LocalNode } from "./cluster-directory.ts";

export type NodeState =
  | { readonly kind: "running"; readonly pid: number }
  /** There is a pid file, and no such node. */
  | { readonly kind: "stale" }
  | { readonly kind: "stopped" };

export function stateOf(node: LocalNode): NodeState {
  const text = pidText(node.pidPath);
  if (text === undefined) return { kind: "stopped" };
  const pid = /^\d{1,10}\s*$/.test(text) ? Number(text) : 0;
  return pid > 0 && isNode(pid, node) ? { kind: "running", pid } : { kind: "stale" };
}

/** The arguments behind the program by which {@link isNode} knows it. */
export function nodeArguments(node: LocalNode): readonly string[] {
  return ["node", "--conf", node.confPath];
}

/** Whether the process with this id is this node. False for one that has ended. */
export function isNode(pid: number, node: LocalNode): boolean {
  return `${commandLine(pid)} `.includes(` ${nodeArguments(node).join(" ")} `);
}

/** False when somebody else has just started the node: there is a pid file already. */
export function writePid(node: LocalNode, pid: number): boolean {
  try {
    writeFileSync(node.pidPath, `${pid}\n`, { flag: "wx" });
    return true;
  } catch (thrown) {
    if (systemCode(thrown) === "EEXIST") return false;
    throw thrown;
  }
}

export function removePid(node: LocalNode): void {
  rmSync(node.pidPath, { force: true });
}

function pidText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
}

/** Empty when there is no such process, or one that has ended and that nobody has waited for. */
function commandLine(pid: number): string {
  try {
    if (process.platform === "linux") {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trimEnd();
    }
    const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"];
    return execFileSync("ps", ["-ww", "-p", String(pid), "-o", "args="], { stdio })
      .toString("utf8")
      .trim();
  } catch {
    return "";
  }
}
