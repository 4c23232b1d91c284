import { open, stat } from "node:fs/promises";
import type { ByteSink } from "../command/command.ts";

const POLL_MS = 200;
const CHUNK_BYTES = 64 * 1_024;

export interface FollowOptions {
  readonly path: string;
  readonly sink: ByteSink;
  /** Lines of what is there already. */
  readonly lines: number;
  /** Ends it; undefined: it ends with what is there. */
  readonly stop: Promise<unknown> | undefined;
}

/** Copies a log that may be emptied or made anew meanwhile. Rejects when there is none at first. */
export async function followLog({ lines, path, sink, stop }: FollowOptions): Promise<void> {
  let at = await startOfLast(path, lines);
  let isStopped = stop === undefined;
  void stop?.then(() => {
    isStopped = true;
  });
  for (;;) {
    const size = await sizeOf(path);
    if (size < at) at = 0;
    at = await copy(path, at, sink);
    if (isStopped) return;
    await Promise.race([stop, new Promise((wake) => setTimeout(wake, POLL_MS))]);
  }
}

/** The last line that is there, without its end; of a log of any size. */
export async function lastLine(path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  const sink = { write: (chunk: string | Uint8Array) => chunks.push(Buffer.from(chunk)) };
  await copy(path, await startOfLast(path, 1), sink);
  return Buffer.concat(chunks).toString("utf8").trimEnd();
}

/** 0 while it is not there. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

async function copy(path: string, from: number, sink: ByteSink): Promise<number> {
  let at = from;
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "r");
  } catch {
    return at;
  }
  try {
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) return at;
      sink.write(chunk.slice(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}

const LINE_END = 10;

/** Where the last `lines` lines begin. */
async function startOfLast(path: string, lines: number): Promise<number> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    let at = size;
    let found = 0;
    while (at > 0) {
      const from = Math.max(0, at - CHUNK_BYTES);
      const chunk = new Uint8Array(at - from);
      await file.read(chunk, 0, chunk.length, from);
      for (let index = chunk.length - 1; index >= 0; index--) {
        // The end of the last line is not the end of one before it.
        if (chunk[index] !== LINE_END || from + index === size - 1) continue;
        found += 1;
        if (found === lines) return from + index + 1;
      }
      at = from;
    }
    return 0;
  } finally {
    await file.close();
  }
}
