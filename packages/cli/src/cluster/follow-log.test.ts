import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { followLog, lastLine } from "./follow-log.ts";

/** Longer than what is read at once. */
const LONG = "x".repeat(100_000);

async function withLog(text: string, body: (path: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "caucus-log-"));
  try {
    const path = join(directory, "node1.log");
    writeFileSync(path, text);
    await body(path);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function shown(path: string, lines: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  const sink = { write: (chunk: string | Uint8Array) => chunks.push(Buffer.from(chunk)) };
  await followLog({ path, lines, sink, stop: undefined });
  return Buffer.concat(chunks).toString("utf8");
}

describe("the end of a log", () => {
  it("is its last lines, however long they are", async () => {
    await withLog(`first\n${LONG}\nlast\n`, async (path) => {
      assert.equal(await shown(path, 1), "last\n");
      assert.equal(await shown(path, 2), `${LONG}\nlast\n`);
      assert.equal(await shown(path, 9), `first\n${LONG}\nlast\n`);
    });
  });

  it("is one line for a message, with or without its end, and empty where there is none", async () => {
    for (const [text, line] of [
      [`${LONG}\nlast\n`, "last"],
      [`${LONG}\nlast`, "last"],
      [`${LONG}\n`, LONG],
      ["", ""],
    ] as const) {
      await withLog(text, async (path) => assert.equal(await lastLine(path), line));
    }
  });
});
