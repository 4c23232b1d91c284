/** A `caucus` process of a test: its output, its end, and what it must not leave behind. */

import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eventually } from "@caucus/base/testing";

export const CAUCUS_BIN: string = fileURLToPath(new URL("../../bin/caucus.js", import.meta.url));

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface CaucusProcess extends AsyncDisposable {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Everything written so far. */
  output(): { readonly out: string; readonly err: string };
  /** The same, both streams as they came. */
  printed(): string;
  /** How it has ended; undefined while it runs. */
  readonly end: ProcessEnd | undefined;
  /** Resolves with the match as soon as standard output has one; rejects when the process ends before. */
  saw(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<ProcessEnd>;
}

export function startCaucus(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): CaucusProcess {
  return startProgram(process.execPath, [CAUCUS_BIN, ...argv], environment);
}

/** Starts any program; at the end of the test it is killed unless it has ended. */
export function startProgram(
  file: string,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): CaucusProcess {
  const child = spawn(file, argv, { env: { ...process.env, ...environment } });
  let out = "";
  let err = "";
  let all = "";
  let end: ProcessEnd | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    all += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
    all += text;
  });
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once("close", (code, signal) => {
      end = { code, signal };
      resolve(end);
    });
  });
  return {
    pid: child.pid ?? 0,
    child,
    ended,
    get end() {
      return end;
    },
    output: () => ({ out, err }),
    printed: () => all,
    async saw(pattern): Promise<RegExpExecArray> {
      const match = await eventually(
        `${pattern} in the output`,
        () => pattern.exec(out) ?? (end === undefined ? false : undefined),
      );
      if (match === undefined) throw new Error(`it ended without ${pattern}:\n${out}${err}`);
      return match;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Whether a process with this id runs. One that has ended does not, even if nobody has reaped it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

/** In a container without an init process orphans stay in the table of processes for good. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

export async function gone(pids: readonly number[]): Promise<void> {
  await eventually(`the end of ${pids.join(", ")}`, () => !pids.some(isAlive));
}
