import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "./eventually.ts";

it("looks until there is something, past failures and false", async () => {
  const looks: readonly (() => string | false | Promise<string>)[] = [
    () => assert.fail("not yet"),
    () => Promise.reject(new Error("nor now")),
    () => false,
    () => Promise.resolve("here"),
  ];
  let at = 0;
  const found: unknown = await eventually("it", () => looks[at++]?.() ?? "too many looks");
  assert.equal(found, "here");
  assert.equal(at, looks.length);
});

it("takes undefined for a look that asserts and has found nothing wrong", async () => {
  assert.equal(await eventually("it", () => undefined), undefined);
});

it("says what was awaited and the last reason when the time is over", async () => {
  const never = eventually("the leader", () => assert.fail("nobody leads"), 30);
  await assert.rejects(never, /^Error: not within 30 ms: the leader: .*nobody leads/);
  const silent = eventually("the leader", () => false, 30);
  await assert.rejects(silent, /^Error: not within 30 ms: the leader$/);
});
