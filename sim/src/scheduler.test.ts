import assert from "node:assert/strict";
import { test } from "node:test";
import { Dice } from "./dice.ts";
import { Scheduler } from "./scheduler.ts";

test("events run in the order of time, and of planning at one time", () => {
  const scheduler = new Scheduler();
  const dice = new Dice(1, "order");
  const ran: [number, number][] = [];
  for (let number = 0; number < 500; number++) {
    const delayMs = dice.integer(20);
    scheduler.after(delayMs, () => {
      assert.equal(scheduler.nowMs, delayMs);
      ran.push([delayMs, number]);
    });
  }
  while (scheduler.step());
  assert.equal(scheduler.steps, 500);
  const sorted = [...ran].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  assert.deepEqual(ran, sorted);
});

test("a cancelled event neither runs nor counts", () => {
  const scheduler = new Scheduler();
  const ran: string[] = [];
  scheduler.after(1, () => ran.push("cancelled")).cancel();
  scheduler.after(2, () => ran.push("kept"));
  assert.equal(scheduler.step(), true);
  assert.equal(scheduler.step(), false);
  assert.deepEqual(ran, ["kept"]);
  assert.equal(scheduler.steps, 1);
});
