import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { COMMANDS } from "../src/commands.ts";
import type { Environment } from "../src/config/read-environment.ts";
import { runCaucus } from "../src/run-caucus.ts";

export interface Ran {
  readonly code: number;
  /** Standard output as text, and as it is. */
  readonly out: string;
  readonly bytes: Uint8Array;
  readonly err: string;
}

export interface Surroundings {
  /** Default: nobody may read. */
  readonly stdin?: Uint8Array | "terminal";
  readonly environment?: Environment;
}

/** Runs `caucus` in this process. */
export async function runCommand(
  argv: readonly string[],
  { environment = {}, stdin }: Surroundings = {},
): Promise<Ran> {
  const out: Uint8Array[] = [];
  let err = "";
  const code = await runCaucus(argv, COMMANDS, {
    stdout: { write: (chunk) => out.push(Buffer.from(chunk as string)) },
    stderr: { write: (text) => (err += text) },
    stdin: () => {
      if (stdin === undefined) return assert.fail("nobody reads");
      const source = Readable.from(stdin === "terminal" ? [] : [stdin]);
      return Object.assign(source, { isTTY: stdin === "terminal" });
    },
    environment,
  });
  const bytes = Buffer.concat(out);
  return { code, out: bytes.toString("utf8"), bytes, err };
}
