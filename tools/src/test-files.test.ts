import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTestArguments, selectTestFiles, sourceOf } from "./test-files.ts";

const PATHS = [
  "packages/kv/dist/src/core/apply.js",
  "packages/kv/dist/src/core/apply.test.js",
  "packages/kv/src/core/apply.test.ts",
  "packages/raft/dist/src/renamed.test.js",
  "packages/raft/dist/test/paper.test.js",
  "packages/raft/dist/test/soak.long.test.js",
  "packages/raft/test/paper.test.ts",
  "packages/raft/test/soak.long.test.ts",
];

test("all compiled tests run, except long ones and those whose source is gone", () => {
  assert.deepEqual(selectTestFiles(PATHS, { long: false, pathParts: [] }), {
    selected: ["packages/kv/dist/src/core/apply.test.js", "packages/raft/dist/test/paper.test.js"],
    stale: ["packages/raft/dist/src/renamed.test.js"],
  });
});

test("long tests run when asked for, alone", () => {
  const { selected } = selectTestFiles(PATHS, { long: true, pathParts: [] });
  assert.deepEqual(selected, ["packages/raft/dist/test/soak.long.test.js"]);
});

for (const part of ["packages/kv", "./packages/kv/src/core/apply.test.ts", "core/apply"]) {
  test(`${part} selects by path`, () => {
    const { selected } = selectTestFiles(PATHS, parseTestArguments([part]));
    assert.deepEqual(selected, ["packages/kv/dist/src/core/apply.test.js"]);
  });
}

test("an unknown option is refused with the allowed ones", () => {
  assert.throws(() => parseTestArguments(["--lnog"]), /unknown option --lnog; allowed are --long/);
});

test("the source of a compiled file has the same path without dist", () => {
  assert.equal(sourceOf("sim/dist/src/main.js"), "sim/src/main.ts");
});
