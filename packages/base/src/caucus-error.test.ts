import assert from "node:assert/strict";
import { test } from "node:test";
import { CaucusError } from "./caucus-error.ts";

test("an error carries its code and what the edges need", () => {
  const error = new CaucusError("overloaded", "inbox is full", {
    outcome: "not_applied",
    leader: 2,
    retryAfterSeconds: 1,
  });
  assert.ok(error instanceof Error);
  const { code, message, outcome, leader, retryAfterSeconds } = error;
  assert.deepEqual(
    { code, message, outcome, leader, retryAfterSeconds },
    {
      code: "overloaded",
      message: "inbox is full",
      outcome: "not_applied",
      leader: 2,
      retryAfterSeconds: 1,
    },
  );
});

test("an error without a cause has no cause property", () => {
  assert.equal(Object.hasOwn(new CaucusError("timeout", "late"), "cause"), false);
});

test("from keeps a coded error and makes an internal one of anything else", () => {
  const coded = new CaucusError("not_found", "no such key");
  assert.equal(CaucusError.from(coded), coded);

  const thrown = new TypeError("x is not a function");
  const wrapped = CaucusError.from(thrown);
  assert.deepEqual(
    [wrapped.code, wrapped.message, wrapped.cause],
    ["internal", thrown.message, thrown],
  );

  assert.equal(CaucusError.from("just text").message, "just text");
  assert.equal(CaucusError.from(undefined).code, "internal");
});
