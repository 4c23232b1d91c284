import assert from "node:assert/strict";
import { test } from "node:test";
import { KINDS } from "../src/kinds.ts";
import { runMutants } from "../src/mutants/run-mutants.ts";

test("every mutant is caught", async () => {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  const areKilled = await runMutants({
    kinds: KINDS,
    jobs: 2,
    steps: 10_000,
    only: undefined,
    print,
  });
  assert.ok(areKilled, lines.join("\n"));
});
