import assert from "node:assert/strict";
import { test } from "node:test";
import { dependencyArrows } from "./arrows.ts";
import { Repository } from "./repository.ts";

const cases: readonly { path: string; imports: string; allowed: boolean }[] = [
  { path: "packages/storage/src/log.ts", imports: "@caucus/raft", allowed: true },
  { path: "packages/storage/src/log.ts", imports: "@caucus/base", allowed: true },
  { path: "packages/storage/src/log.test.ts", imports: "@caucus/raft/testing", allowed: true },
  { path: "packages/raft/src/driver/loop.ts", imports: "@caucus/kv", allowed: false },
  { path: "packages/client/src/client.ts", imports: "@caucus/http", allowed: false },
  { path: "packages/base/src/assert.ts", imports: "@caucus/raft", allowed: false },
  { path: "packages/node/src/node.ts", imports: "@caucus/http", allowed: false },
  { path: "sim/src/main.ts", imports: "@caucus/storage", allowed: true },
  { path: "bench/src/main.ts", imports: "@caucus/sim", allowed: false },
  { path: "packages/cli/src/main.ts", imports: "@caucus/sim", allowed: false },
  {
    path: "packages/raft/src/driver/loop.ts",
    imports: "../../../kv/src/core/x.ts",
    allowed: false,
  },
  { path: "packages/raft/src/core/log.ts", imports: "../driver/loop.ts", allowed: false },
  { path: "packages/raft/src/core/log.ts", imports: "node:fs", allowed: false },
  { path: "packages/raft/src/core/log.ts", imports: "./entry.ts", allowed: true },
  { path: "packages/raft/src/wire/codec.ts", imports: "../core/entry.ts", allowed: true },
  { path: "packages/raft/src/core/log.test.ts", imports: "node:test", allowed: true },
];

for (const { path, imports, allowed } of cases) {
  test(`${path} ${allowed ? "may" : "must not"} import ${imports}`, () => {
    const repository = Repository.of({ [path]: `import { x } from "${imports}";` });
    assert.equal(dependencyArrows(repository).length, allowed ? 0 : 1);
  });
}

test("a manifest must not depend against the arrows", () => {
  const dependencies = { "@caucus/base": "0.1.0", "@caucus/kv": "0.1.0" };
  const repository = Repository.of({
    "packages/raft/package.json": JSON.stringify({ dependencies }),
  });
  assert.deepEqual(
    dependencyArrows(repository).map((problem) => problem.message),
    ["packages/raft must not depend on @caucus/kv"],
  );
});

test("a new package must be given its arrows first", () => {
  const repository = Repository.of({ "packages/new/package.json": "{}" });
  assert.equal(dependencyArrows(repository).length, 1);
});
