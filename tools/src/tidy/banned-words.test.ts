import assert from "node:assert/strict";
import { test } from "node:test";
import { bannedWords } from "./banned-words.ts";
import { Repository } from "./repository.ts";

const CORE = "packages/raft/src/core/log.ts";
const DRIVER = "packages/raft/src/driver/loop.ts";

const cases: readonly { path: string; code: string; allowed: boolean }[] = [
  { path: CORE, code: "const x = Math.random();", allowed: false },
  { path: "sim/src/network.ts", code: "const x = Math.random();", allowed: false },
  { path: DRIVER, code: "const x = Math.random();", allowed: true },
  { path: CORE, code: "const x = Date.now();", allowed: false },
  { path: "packages/kv/src/wire/codec.ts", code: "const x = new Date();", allowed: false },
  { path: "packages/kv/src/core/apply.test.ts", code: "const x = new Date();", allowed: true },
  { path: CORE, code: "async function f() {}", allowed: false },
  { path: CORE, code: "await x;", allowed: false },
  { path: CORE, code: "let x: Promise<void>;", allowed: false },
  { path: CORE, code: "// async is a word\nconst x = 'await';", allowed: true },
  { path: DRIVER, code: "console.log(1);", allowed: false },
  { path: "packages/cli/src/main.ts", code: "console.log(1);", allowed: true },
  { path: DRIVER, code: "const x = process.env;", allowed: false },
  { path: "packages/cli/src/environment.ts", code: "const x = process.env;", allowed: true },
  { path: DRIVER, code: `// ${"TO"}DO later`, allowed: false },
  { path: DRIVER, code: `/* ${"FIX"}ME */`, allowed: false },
  { path: DRIVER, code: `// ${"TO"}DO(#12) later`, allowed: true },
];

for (const { path, code, allowed } of cases) {
  test(`${path} ${allowed ? "may" : "must not"} contain: ${code.replaceAll("\n", " ")}`, () => {
    assert.equal(bannedWords(Repository.of({ [path]: code })).length, allowed ? 0 : 1);
  });
}

test("a problem names its line", () => {
  const repository = Repository.of({ [CORE]: "const a = 1;\nconst b = Math.random();\n" });
  assert.equal(bannedWords(repository)[0]?.line, 2);
});
