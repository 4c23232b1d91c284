import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareUtf8, isWellFormed } from "./text-order.ts";

test("texts are ordered as their UTF-8 bytes are", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", "é", "\ud7ff", "\ue000", "\ufffd", "😀"),
  });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
      assert.equal(Math.sign(compareUtf8(a, b)), expected);
    }),
    { numRuns: 2_000 },
  );
});

test("only text without lone surrogates has a UTF-8 form", () => {
  assert.deepEqual(["", "é😀", "\ud800", "a\udc00", "\udc00\ud800"].map(isWellFormed), [
    true,
    true,
    false,
    false,
    false,
  ]);
});
