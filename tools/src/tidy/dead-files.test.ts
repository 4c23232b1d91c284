import assert from "node:assert/strict";
import { test } from "node:test";
import { deadFiles } from "./dead-files.ts";
import { Repository } from "./repository.ts";

const MANIFEST = JSON.stringify({
  exports: { ".": { default: "./dist/src/index.js" }, "./testing": "./dist/testing/suite.js" },
});

function deadIn(files: Record<string, string>): string[] {
  const repository = Repository.of({ "packages/raft/package.json": MANIFEST, ...files });
  return deadFiles(repository).map((problem) => problem.path);
}

test("a file that nothing imports is dead", () => {
  const files = {
    "packages/raft/src/index.ts": 'export { used } from "./core/used.ts";',
    "packages/raft/src/core/used.ts": "",
    "packages/raft/src/core/unused.ts": "",
  };
  assert.deepEqual(deadIn(files), ["packages/raft/src/core/unused.ts"]);
});

test("two files that import only each other are dead", () => {
  const files = {
    "packages/raft/src/a.ts": 'import "./b.ts";',
    "packages/raft/src/b.ts": 'import "./a.ts";',
  };
  assert.equal(deadIn(files).length, 2);
});

test("tests, public entries, workers and the targets of scripts are alive", () => {
  const files = {
    "package.json": JSON.stringify({ scripts: { sim: "node sim/dist/src/main.js" } }),
    "packages/raft/src/index.ts": 'const url = new URL("./writer-worker.js", import.meta.url);',
    "packages/raft/src/writer-worker.ts": "",
    "packages/raft/src/log.test.ts": 'import "./log-fixture.ts";',
    "packages/raft/src/log-fixture.ts": "",
    "packages/raft/testing/suite.ts": "",
    "sim/src/main.ts": "",
  };
  assert.deepEqual(deadIn(files), []);
});
