import assert from "node:assert/strict";
import { it } from "node:test";
import { silentLogger } from "@caucus/base";
import { DecisionLog } from "./decision-log.ts";

it("N35: each decision is logged with its reason, and the last 32 are kept, newest last", () => {
  let wallMs = 0;
  const logged: unknown[] = [];
  const info = (_message: string, fields: unknown): void => void logged.push(fields);
  const clock = { monotonicMs: () => 0, wallMs: () => wallMs };
  const log = new DecisionLog(clock, { ...silentLogger, info });
  for (wallMs = 1; wallMs <= 40; wallMs++) log.record(`decision ${wallMs}`, `reason ${wallMs}`);
  assert.equal(log.decisions.length, 32);
  assert.deepEqual(log.decisions[0], { timeMs: 9, decision: "decision 9", reason: "reason 9" });
  assert.equal(log.decisions.at(-1)?.decision, "decision 40");
  assert.deepEqual(logged[0], { decision: "decision 1", reason: "reason 1" });
});
