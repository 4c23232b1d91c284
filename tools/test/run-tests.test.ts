import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";

const SCRIPT = resolve(import.meta.dirname, "../src/run-tests.js");

const project = mkdtempSync(join(tmpdir(), "caucus-run-tests-"));
after(() => rmSync(project, { recursive: true, force: true }));

const PASSES = 'import { test } from "node:test"; test("holds", () => {});';
const FAILS =
  'import { test } from "node:test"; test("breaks", () => { throw new Error("why"); });';

write("package.json", '{ "type": "module" }');
writeTest("good", PASSES);
writeTest("bad", FAILS);
writeTest("crash", 'throw new Error("at load");');
writeTest("slow.long", PASSES);
write("a/dist/src/gone.test.js", FAILS);

function writeTest(name: string, text: string): void {
  write(`a/src/${name}.test.ts`, text);
  write(`a/dist/src/${name}.test.js`, text);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

function runTests(...args: string[]): { readonly status: number | null; readonly output: string } {
  // The runner refuses to run inside a test; this one is a process of its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const options = { cwd: project, env, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], options);
  return { status, output: stdout + stderr };
}

test("passing files end with 0, totals and the slowest files", () => {
  const { status, output } = runTests("good");
  assert.equal(status, 0, output);
  assert.match(output, /^# pass 1$/m);
  assert.match(output, /^# fail 0$/m);
  assert.match(output, /^ +\d+\.\d s {2}a\/src\/good\.test\.ts$/m);
});

test("a failing test ends with 1, and a file that is gone is named and not run", () => {
  const { status, output } = runTests("good", "bad");
  assert.equal(status, 1);
  assert.match(output, /^# pass 1$/m);
  assert.match(output, /^# fail 1$/m);
  assert.match(output, /source is gone.*gone\.test\.js/);
});

test("a file that does not even load ends with 1", () => {
  const { status, output } = runTests("crash");
  assert.equal(status, 1);
  assert.match(output, /at load/);
});

test("long tests run only when asked for", () => {
  assert.equal(runTests("slow").status, 1);
  const { status, output } = runTests("--long", "slow");
  assert.equal(status, 0);
  assert.match(output, /^# pass 1$/m);
});

test("nothing to run is an error, and so is an unknown option", () => {
  assert.match(runTests("no-such-path").output, /no test file matches/);
  assert.match(runTests("--nope").output, /unknown option --nope/);
});
