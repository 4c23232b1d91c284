import assert from "node:assert/strict";
import { test } from "node:test";
import { CaucusError, type ErrorCode } from "@caucus/base";
import { ERROR_TO_STATUS, retryAfterOf, statusOf } from "./error-to-status.ts";

const codes = Object.keys(ERROR_TO_STATUS) as ErrorCode[];

test("H1: a failed write is 504 when its outcome is unknown, and never otherwise but by timeout", () => {
  for (const code of codes) {
    const { status } = ERROR_TO_STATUS[code];
    const notApplied = statusOf(new CaucusError(code, "x", { outcome: "not_applied" }));
    const unknown = statusOf(new CaucusError(code, "x", { outcome: "unknown" }));
    assert.equal(notApplied, status);
    assert.equal(unknown, status >= 500 ? 504 : status);
  }
});

test("H1: what stops a node or a cluster from writing is 503", () => {
  for (const code of [
    "no_leader",
    "not_leader",
    "overloaded",
    "unavailable",
    "poisoned",
  ] as const) {
    assert.equal(statusOf(new CaucusError(code, "x", { outcome: "not_applied" })), 503, code);
  }
});

test("overload says when to come back", () => {
  assert.equal(retryAfterOf(new CaucusError("overloaded", "x")), 1);
  assert.equal(retryAfterOf(new CaucusError("overloaded", "x", { retryAfterSeconds: 7 })), 7);
  assert.equal(retryAfterOf(new CaucusError("no_leader", "x")), undefined);
});
