/** The shell lines of an example's README, run as they are written. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { eventually } from "@caucus/base/testing";

const run = promisify(execFile);

/** A read of what a node has applied may be a moment behind. */
const BEHIND_LIMIT_MS = 10_000;

export interface WalkThroughOptions {
  readonly readme: string | URL;
  /** What stands in the README, to what stands for it in the test: other ports. */
  readonly places: Readonly<Record<string, string>>;
}

/**
 * Runs every line in a block of shell that begins with `curl`; each must answer with JSON and no
 * error of HTTP. Where a line has an answer as its comment, that must be what comes. Returns how
 * many there were.
 */
export async function walkThrough({ places, readme }: WalkThroughOptions): Promise<number> {
  const lines = shellLines({ places, readme }, "curl ").map(curlLine);
  for (const { answer, command: line } of lines) {
    await eventually(
      line,
      async () => {
        const { stdout } = await run("sh", ["-c", line.replace(/^curl /, "curl -sSf ")]);
        if (answer === undefined) JSON.parse(stdout);
        else assert.deepEqual(JSON.parse(stdout), JSON.parse(answer), line);
      },
      BEHIND_LIMIT_MS,
    );
  }
  return lines.length;
}

interface CurlLine {
  readonly command: string;
  readonly answer: string | undefined;
}

/** Whole lines with that beginning, with the places of the test. */
export function shellLines(
  { places, readme }: WalkThroughOptions,
  beginning: string,
): readonly string[] {
  let text = readFileSync(readme, "utf8");
  for (const [from, to] of Object.entries(places)) text = text.replaceAll(from, to);
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block ?? "");
  return blocks
    .flatMap((block) => block.replaceAll("\\\n", " ").split("\n"))
    .filter((line) => line.startsWith(beginning));
}

function curlLine(line: string): CurlLine {
  const [command = "", answer] = line.split(/\s+#\s+(?=\{)/);
  return { command: command.replace(/\s+#\s.*$/, ""), answer };
}
