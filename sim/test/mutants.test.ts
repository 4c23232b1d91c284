/** A sample of the mutants, to show that the checkers have teeth; mutants.long.test.ts has all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { KINDS } from "../src/kinds.ts";
import { PatchedBuild } from "../src/mutants/patched-build.ts";
import { runMutants } from "../src/mutants/run-mutants.ts";

const MUTANTS = KINDS.flatMap(({ mutants }) => mutants);
const SAMPLE = [
  "two votes in a term",
  "old-term entry",
  "applied index not atomic",
  "tombstone not sent",
  "heartbeat not monotone",
  "joined once more after the invitation",
  "judged configuration not named",
];

test("there are at least twenty-six mutants, and each patch matches the build exactly once", () => {
  assert.ok(MUTANTS.length >= 26);
  const build = new PatchedBuild(`test-${process.pid}`);
  try {
    for (const mutant of MUTANTS) {
      build.apply(mutant);
      build.restore();
    }
    const nowhere = { file: "raft/dist/src/core/raft.js", find: "no such line", replace: "" };
    assert.throws(
      () => build.apply({ name: "stale", patches: [nowhere] }),
      /mutant "stale": 0 matches .*, needed is 1/,
    );
  } finally {
    build.remove();
  }
});

for (const only of SAMPLE) {
  test(`a mutant is caught: ${only}`, async () => {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    const isKilled = await runMutants({ kinds: KINDS, jobs: 1, steps: 10_000, only, print });
    assert.ok(isKilled, lines.join("\n"));
  });
}
