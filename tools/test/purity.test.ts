// The promise of core/ and wire/, proved by breaking it: a copy of a real core file passes all three
// guards of `npm run verify`, and each forbidden thing added to it is refused by one of them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { dependencyArrows } from "../src/tidy/arrows.ts";
import { bannedWords } from "../src/tidy/banned-words.ts";
import { Repository } from "../src/tidy/repository.ts";

const root = resolve(import.meta.dirname, "../../..");
const CORE_FILE = "packages/raft/src/core/identity.ts";
const original = readFileSync(join(root, CORE_FILE), "utf8");

const copy = mkdtempSync(join(tmpdir(), "caucus-purity-"));
for (const path of ["tsconfig.base.json", "tsconfig.pure.json", "biome.json"]) {
  cpSync(join(root, path), join(copy, path));
}
cpSync(join(root, "packages/raft/package.json"), join(copy, "packages/raft/package.json"));
mkdirSync(dirname(join(copy, CORE_FILE)), { recursive: true });
symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
after(() => rmSync(copy, { recursive: true, force: true }));

interface Verdict {
  readonly passed: boolean;
  readonly output: string;
}

function compile(): Verdict {
  return judge("node_modules/typescript/bin/tsc", ["-p", "tsconfig.pure.json"]);
}

function lint(): Verdict {
  return judge("node_modules/@biomejs/biome/bin/biome", ["ci", "--colors=off", CORE_FILE]);
}

function tidy(): Verdict {
  const repository = Repository.read(copy);
  const problems = [...dependencyArrows(repository), ...bannedWords(repository)];
  const messages = problems.filter((one) => one.path === CORE_FILE).map((one) => one.message);
  return { passed: messages.length === 0, output: messages.join("\n") };
}

function judge(program: string, args: readonly string[]): Verdict {
  const options = { cwd: copy, encoding: "utf8" } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, program), ...args],
    options,
  );
  return { passed: status === 0, output: stdout + stderr };
}

function writeCore(text: string): void {
  writeFileSync(join(copy, CORE_FILE), text);
}

test("a core file as it is passes the compiler, the linter and tidy", () => {
  writeCore(original);
  for (const guard of [compile, lint, tidy]) {
    const { passed, output } = guard();
    assert.ok(passed, `${guard.name}: ${output}`);
  }
});

const forbidden: readonly {
  readonly name: string;
  readonly text: string;
  readonly refusedBy: readonly (() => Verdict)[];
  readonly says: RegExp;
}[] = [
  {
    name: "an import of node:fs",
    text: `import { readFileSync } from "node:fs";\n${original}\nexport const x: string = readFileSync("x", "utf8");\n`,
    refusedBy: [compile, lint, tidy],
    says: /node:fs/,
  },
  {
    name: "a timer",
    text: `${original}\nsetTimeout(() => {}, 1);\n`,
    refusedBy: [compile, tidy],
    says: /setTimeout/,
  },
  {
    name: "the wall clock",
    text: `${original}\nexport const startedMs: number = Date.now();\n`,
    refusedBy: [lint, tidy],
    says: /Date/,
  },
  {
    name: "chance",
    text: `${original}\nexport const dice: number = Math.random();\n`,
    refusedBy: [tidy],
    says: /Math\.random/,
  },
  {
    name: "a promise",
    text: `${original}\nexport async function later(): Promise<void> {}\n`,
    refusedBy: [tidy],
    says: /async/,
  },
  {
    name: "a Buffer",
    text: `${original}\nexport const size: number = Buffer.alloc(1).length;\n`,
    refusedBy: [compile],
    says: /Buffer/,
  },
];

for (const { name, text, refusedBy, says } of forbidden) {
  for (const guard of refusedBy) {
    test(`${name} in a core file is refused by ${guard.name}`, () => {
      writeCore(text);
      const { passed, output } = guard();
      assert.equal(passed, false);
      assert.match(output, says);
    });
  }
}
