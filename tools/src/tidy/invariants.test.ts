import assert from "node:assert/strict";
import { test } from "node:test";
import { invariants, readInvariants } from "./invariants.ts";
import { Repository } from "./repository.ts";

const HOLDER = "packages/raft/test/votes.test.ts";
const LISTED = `# Raft\n\n- **R3** One vote per term.\n  Held by: \`${HOLDER}\`\n`;

function messages(spec: string, holder: string): string[] {
  const repository = Repository.of({ "docs/spec/raft.md": spec, [HOLDER]: holder });
  return invariants(repository).map((problem) => problem.message);
}

test("a listed invariant and the test that names it agree", () => {
  assert.deepEqual(messages(LISTED, 'test("R3: one vote per term", () => {});'), []);
});

test("an item may be wrapped anywhere", () => {
  const wrapped = LISTED.replace("Held by:", "Held\n  by:");
  assert.deepEqual(messages(wrapped, "// R3: one vote per term"), []);
});

test("an invariant whose file does not name it is a problem", () => {
  assert.match(messages(LISTED, 'test("R31 is another one")').join(), /does not mention it/);
});

test("an invariant whose file is gone is a problem", () => {
  assert.match(messages(LISTED.replace("votes", "moved"), "// R3: x").join(), /R3: no file/);
});

test("an invariant that nothing holds is a problem", () => {
  assert.match(messages("# Raft\n\n- **R3** One vote.\n", "// R3: x").join(), /names nothing/);
});

test("an invariant listed twice is a problem", () => {
  assert.match(messages(LISTED + LISTED.slice(8), "// R3: x").join(), /listed twice/);
});

test("an id in a test that no document lists is a problem", () => {
  const holder = 'test("R3: a", () => {}); test("R4: b", () => {});';
  assert.deepEqual(messages(LISTED, holder), ["R4 is not listed in docs/spec"]);
});

test("an object key that looks like an id is not a use", () => {
  assert.deepEqual(messages(LISTED, "// R3: a\nconst table = { R4: 1 };"), []);
});

test("an item ends where the next one begins, and may be wrapped", () => {
  const text = "- **K1** First\n  goes on.\n- **K2** Second.\n\nNot part of it.\n";
  const items = readInvariants("docs/spec/kv.md", text);
  assert.deepEqual(
    items.map(({ id, line }) => [id, line]),
    [
      ["K1", 1],
      ["K2", 3],
    ],
  );
  assert.match(items[0]?.text ?? "", /goes on/);
  assert.doesNotMatch(items[1]?.text ?? "", /Not part/);
});
