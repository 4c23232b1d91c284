import assert from "node:assert/strict";
import { it } from "node:test";
import { editDistance, nearestName } from "./nearest-name.ts";

it("counts insertions, deletions, substitutions and swaps", () => {
  const table: readonly (readonly [string, string, number])[] = [
    ["", "", 0],
    ["", "abc", 3],
    ["abc", "abc", 0],
    ["abc", "ab", 1],
    ["abc", "xbc", 1],
    ["abc", "acb", 1],
    ["kitten", "sitting", 3],
  ];
  for (const [left, right, distance] of table) {
    assert.equal(editDistance(left, right), distance, `${left} ${right}`);
    assert.equal(editDistance(right, left), distance, `${right} ${left}`);
  }
});

it("suggests only what is near", () => {
  const known = ["join", "listen", "election-timeout-ms"];
  assert.equal(nearestName("jion", known), "join");
  assert.equal(nearestName("lisen", known), "listen");
  assert.equal(nearestName("election-timeout", known), "election-timeout-ms");
  assert.equal(nearestName("replica", known), undefined);
  assert.equal(nearestName("x", []), undefined);
});
