import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "./logger.ts";

test("the silent logger takes every level and prints nothing", (context) => {
  const write = context.mock.method(process.stdout, "write", () => true);
  for (const level of ["debug", "info", "warn", "error"] as const) {
    silentLogger[level]("message", { index: 1, leader: undefined });
  }
  assert.equal(write.mock.callCount(), 0);
});
