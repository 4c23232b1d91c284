import assert from "node:assert/strict";
import { test } from "node:test";
import { manifests } from "./manifests.ts";
import { Repository } from "./repository.ts";

const GOOD = { version: "0.1.0", license: "MIT", engines: { node: ">=20.19" } };
const LOCK = { packages: { "node_modules/fastify": { license: "MIT" } } };

interface Changes {
  readonly raft?: object;
  readonly lock?: object;
  readonly notice?: string;
}

function messages({
  raft = {},
  lock = LOCK,
  notice = "- fastify (MIT): the server\n",
}: Changes): string[] {
  const repository = Repository.of({
    "package.json": JSON.stringify({ ...GOOD, workspaces: ["packages/raft"] }),
    "packages/raft/package.json": JSON.stringify({
      ...GOOD,
      dependencies: { fastify: "^5.0.0", "@caucus/base": "0.1.0" },
      ...raft,
    }),
    "package-lock.json": JSON.stringify(lock),
    NOTICE: notice,
  });
  return manifests(repository).map((problem) => problem.message);
}

test("manifests that agree with the root and with NOTICE are fine", () => {
  assert.deepEqual(messages({}), []);
});

const wrong: readonly { name: string; changes: Changes; says: RegExp }[] = [
  { name: "another licence", changes: { raft: { license: "ISC" } }, says: /license is ISC/ },
  { name: "other engines", changes: { raft: { engines: {} } }, says: /engines\.node is undefined/ },
  { name: "another version", changes: { raft: { version: "0.2.0" } }, says: /version is 0\.2\.0/ },
  { name: "a dependency that NOTICE lacks", changes: { notice: "" }, says: /must have the line/ },
  {
    name: "a licence that NOTICE has wrong",
    changes: { notice: "- fastify (ISC): the server\n" },
    says: /fastify \(MIT\)/,
  },
  {
    name: "a line of NOTICE that nothing needs",
    changes: { notice: "- fastify (MIT): the server\n- left-pad (MIT): why\n" },
    says: /no package depends on left-pad/,
  },
  {
    name: "an installed package with a licence nobody agreed to",
    changes: { lock: { packages: { ...LOCK.packages, "node_modules/x": { license: "GPL-3.0" } } } },
    says: /x has the licence "GPL-3.0"/,
  },
];

for (const { name, changes, says } of wrong) {
  test(`${name} is a problem`, () => {
    const found = messages(changes);
    assert.equal(found.length, 1, found.join("; "));
    assert.match(found[0] as string, says);
  });
}

test("a package that the root does not list is a problem", () => {
  const repository = Repository.of({
    "package.json": JSON.stringify({ ...GOOD, workspaces: [] }),
    "packages/raft/package.json": JSON.stringify(GOOD),
  });
  assert.match(manifests(repository)[0]?.message ?? "", /not listed in workspaces/);
});
