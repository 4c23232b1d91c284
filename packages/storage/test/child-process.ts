/** Starting, reading and ending the programs of the process tests. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What writer-program.ts prints, one JSON object per line. */
export type ProgramLine =
  | {
      readonly kind: "opened";
      readonly lastIndex: number;
      readonly term: number;
      readonly pid: number;
    }
  /** Everything up to `lastIndex`, of `term` there, was reported as durable. */
  | { readonly kind: "acked"; readonly lastIndex: number; readonly term: number }
  | { readonly kind: "poisoned"; readonly message: string }
  | { readonly kind: "failed"; readonly message: string };

export const WRITER_PROGRAM: string = fileURLToPath(
  new URL("./writer-program.js", import.meta.url),
);

export interface Program {
  /** Lines so far, and those that come. */
  readonly lines: readonly ProgramLine[];
  /** Resolves with the exit code, null after a signal. */
  readonly ended: Promise<number | null>;
  /** Resolves when a line fulfils `test`, rejects when the program ends before. */
  line(test: (line: ProgramLine) => boolean): Promise<ProgramLine>;
  kill(signal: NodeJS.Signals): void;
}

export function startProgram(command: string, args: readonly string[]): Program {
  const child: ChildProcess = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const lines: ProgramLine[] = [];
  const listeners = new Set<() => void>();
  let errors = "";
  let open = true;
  child.stderr?.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const notify = (): void => {
    for (const listener of [...listeners]) listener();
  };
  const output = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  output.on("line", (text) => {
    // A program that is killed may leave half a line.
    if (text.endsWith("}")) lines.push(JSON.parse(text) as ProgramLine);
    notify();
  });
  const drained = new Promise<void>((resolve) => output.once("close", () => resolve()));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const ended = exited.then(async (code) => {
    await drained;
    open = false;
    notify();
    return code;
  });
  return {
    lines,
    ended,
    kill: (signal) => void child.kill(signal),
    line: (test) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(test);
          if (found === undefined && open) return;
          listeners.delete(look);
          if (found === undefined) reject(new Error(`the program has ended: ${errors}`));
          else resolve(found);
        };
        listeners.add(look);
        look();
      }),
  };
}

export async function temporaryDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "caucus-storage-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
