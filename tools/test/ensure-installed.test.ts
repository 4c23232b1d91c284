import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, beforeEach, test } from "node:test";

const SCRIPT = resolve(import.meta.dirname, "../../ensure-installed.mjs");

const OTHER_PLATFORM = { version: "1.0.0", optional: true, os: ["no-such-os"] };
const LOCK = {
  packages: {
    "": { name: "root" },
    "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
    "node_modules/other-platform": OTHER_PLATFORM,
  },
};
const INSTALLED = { packages: { "node_modules/a": LOCK.packages["node_modules/a"] } };

// Stands in for npm: writes what npm would have written, or fails when told to.
const FAKE_NPM = `
import { mkdirSync, writeFileSync } from "node:fs";
if (process.env.FAKE_NPM_FAILS) process.exit(7);
mkdirSync("node_modules", { recursive: true });
writeFileSync("node_modules/.package-lock.json", ${JSON.stringify(JSON.stringify(INSTALLED))});
writeFileSync("npm-was-called", process.argv.slice(2).join(" "));
`;

const project = mkdtempSync(join(tmpdir(), "caucus-install-"));
const called = join(project, "npm-was-called");
after(() => rmSync(project, { recursive: true, force: true }));

beforeEach(() => {
  rmSync(join(project, "node_modules"), { recursive: true, force: true });
  writeLock(LOCK);
  writeFileSync(join(project, "fake-npm.mjs"), FAKE_NPM);
});

function writeLock(lock: object): void {
  writeFileSync(join(project, "package-lock.json"), JSON.stringify(lock));
}

function writeInstalled(installed: object): void {
  mkdirSync(join(project, "node_modules"), { recursive: true });
  writeFileSync(join(project, "node_modules/.package-lock.json"), JSON.stringify(installed));
}

function ensureInstalled(environment: Record<string, string> = {}): {
  readonly status: number | null;
  readonly calledNpm: boolean;
  readonly output: string;
} {
  rmSync(called, { force: true });
  const env = { ...process.env, npm_execpath: join(project, "fake-npm.mjs"), ...environment };
  const options = { env, encoding: "utf8" } as const;
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, project], options);
  return { status, calledNpm: existsSync(called), output: stderr };
}

test("a fresh clone is installed once", () => {
  assert.equal(ensureInstalled().calledNpm, true);
  assert.equal(ensureInstalled().calledNpm, false);
});

test("what npm installed by itself is accepted, without the packages of other platforms", () => {
  writeInstalled(INSTALLED);
  const { status, calledNpm } = ensureInstalled();
  assert.equal(status, 0);
  assert.equal(calledNpm, false);
});

test("another version in the lock file installs again, and says which package", () => {
  writeInstalled(INSTALLED);
  const newer = { version: "2.0.0", integrity: "sha512-b" };
  writeLock({ packages: { ...LOCK.packages, "node_modules/a": newer } });
  const { calledNpm, output } = ensureInstalled();
  assert.equal(calledNpm, true);
  assert.match(output, /node_modules\/a is not the version/);
});

test("a package that is not there yet installs again", () => {
  writeInstalled(INSTALLED);
  writeLock({ packages: { ...LOCK.packages, "node_modules/b": { version: "1.0.0" } } });
  assert.equal(ensureInstalled().calledNpm, true);
});

test("an optional package that cannot be installed is not tried at each start", () => {
  writeInstalled(INSTALLED);
  const optional = { version: "1.0.0", optional: true };
  writeLock({ packages: { ...LOCK.packages, "node_modules/native": optional } });
  assert.equal(ensureInstalled().calledNpm, true);
  assert.equal(ensureInstalled().calledNpm, false);
});

test("a failing npm ends it with an error, and the next run tries again", () => {
  const failed = ensureInstalled({ FAKE_NPM_FAILS: "1" });
  assert.equal(failed.status, 1);
  assert.match(failed.output, /npm ci failed/);
  assert.equal(ensureInstalled().calledNpm, true);
});
