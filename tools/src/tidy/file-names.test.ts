import assert from "node:assert/strict";
import { test } from "node:test";
import { fileNames } from "./file-names.ts";
import { Repository } from "./repository.ts";

for (const name of [
  "utils.ts",
  "test-helpers.ts",
  "helpers/clock.ts",
  "common/id.ts",
  "net-util.ts",
]) {
  test(`${name} says nothing about its content`, () => {
    assert.equal(fileNames(Repository.of({ [`packages/raft/src/${name}`]: "" })).length, 1);
  });
}

test("a name that only contains such a word is left alone", () => {
  const repository = Repository.of({
    "packages/raft/src/utilization.ts": "",
    "a/commonmark.ts": "",
  });
  assert.deepEqual(fileNames(repository), []);
});
