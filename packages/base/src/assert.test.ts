import assertNode from "node:assert/strict";
import { test } from "node:test";
import { assert, assertNever, InvariantViolation } from "./assert.ts";

test("a true condition passes and narrows the type", () => {
  const value: string | undefined = ["text"].at(0);
  assert(value !== undefined, "is there");
  assertNode.equal(value.length, 4);
});

test("a false condition throws InvariantViolation with the given message", () => {
  assertNode.throws(() => assert(false, "commit index went back"), {
    name: "InvariantViolation",
    message: "commit index went back",
  });
});

test("an unexpected value at the end of a switch is shown", () => {
  const unexpected = { kind: "new" } as never;
  assertNode.throws(
    () => assertNever(unexpected),
    (error) => error instanceof InvariantViolation && error.message.includes('{"kind":"new"}'),
  );
});
