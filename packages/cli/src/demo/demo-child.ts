/** One node of the demo, as a child process. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type Environment, withoutOwnVariables } from "../config/read-environment.ts";
import { MAIN_PATH } from "../main-path.ts";

export interface DemoChildOptions {
  readonly label: number;
  readonly args: readonly string[];
  /** The demo's own; its CAUCUS_ variables are not handed on, since `args` say everything. */
  readonly environment: Environment;
  /** One line of its standard output or error, without the line end. */
  readonly onLine: (line: string) => void;
}

export interface ChildEnd {
  readonly label: number;
  readonly code: number | undefined;
  readonly signal: string | undefined;
}

export interface DemoChild {
  readonly label: number;
  readonly pid: number | undefined;
  /** Settles when the process has ended; never rejects. */
  readonly ended: Promise<ChildEnd>;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
}

/**
 * Starts `caucus node`. It gets a session of its own, so that Ctrl+C reaches the demo only, which
 * then stops its nodes in order; and a pipe as standard input, whose end tells it that the demo is
 * gone, even after kill -9.
 */
export function startDemoChild(options: DemoChildOptions): DemoChild {
  const args = [MAIN_PATH, "node", ...options.args, "--exit-with-parent", "--log-format", "json"];
  const child = spawn(process.execPath, args, {
    detached: true,
    env: { ...withoutOwnVariables(options.environment) },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // Writing is never done; without this a child that is gone would be an unhandled error.
  child.stdin.on("error", () => {});
  createInterface({ input: child.stdout }).on("line", options.onLine);
  createInterface({ input: child.stderr }).on("line", options.onLine);
  return {
    label: options.label,
    pid: child.pid,
    ended: endOf(options.label, child),
    kill: (signal) => void child.kill(signal),
  };
}

async function endOf(label: number, child: ChildProcess): Promise<ChildEnd> {
  return await new Promise((resolve) => {
    child.once("error", () => resolve({ label, code: undefined, signal: undefined }));
    // "close" comes after the last line of output, "exit" may come before it.
    child.once("close", (code, signal) =>
      resolve({ label, code: code ?? undefined, signal: signal ?? undefined }),
    );
  });
}
