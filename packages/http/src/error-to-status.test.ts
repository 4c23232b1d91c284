import assert from "node:assert/strict";
import { test } from "node:test";
import { CaucusError, type ErrorCode } from "@caucus/base";
import { ERROR_TO_STATUS, retryAfterOf, statusOf } from "./error-to-status.ts";

const codes = Object.keys(ERROR_TO_STATUS) as ErrorCode[];

test("H1: a failed write is 503 when it was not applied and 504 when nobody knows", () => {
  for (const code of codes) {
    const { status } = ERROR_TO_STATUS[code];
    assert.equal(statusOf(new CaucusError(code, "x")), status);
    const notApplied = statusOf(new CaucusError(code, "x", { outcome: "not_applied" }));
    const unknown = statusOf(new CaucusError(code, "x", { outcome: "unknown" }));
    assert.deepEqual([notApplied, unknown], status < 500 ? [status, status] : [503, 504], code);
  }
});

test("H1: bad input is 4xx; what stops a node or a cluster from answering is 503", () => {
  for (const code of [
    "no_leader",
    "not_leader",
    "overloaded",
    "unavailable",
    "poisoned",
  ] as const) {
    assert.equal(statusOf(new CaucusError(code, "x")), 503, code);
  }
  for (const code of ["invalid_argument", "not_found", "conflict"] as const) {
    assert.ok(statusOf(new CaucusError(code, "x")) < 500, code);
  }
});

test("overload says when to come back", () => {
  assert.equal(retryAfterOf(new CaucusError("overloaded", "x")), 1);
  assert.equal(retryAfterOf(new CaucusError("overloaded", "x", { retryAfterSeconds: 7 })), 7);
  assert.equal(retryAfterOf(new CaucusError("no_leader", "x")), undefined);
});
