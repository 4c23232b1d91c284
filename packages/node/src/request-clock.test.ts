import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deadlines } from "./deadlines.ts";
import { LeaderRouting, type Route, WAITING_MAX } from "./leader-routing.ts";
import { requestDeadline, type WaitEnd, waitForRetry } from "./request-clock.ts";

const CLOCK = { monotonicMs: () => 1_000, wallMs: () => 0 };

describe("requestDeadline", () => {
  it("N6: keeps a margin, so that the answer is out before the timeout", () => {
    assert.equal(requestDeadline(CLOCK), 1_000 + 5_000 - 100);
    assert.equal(requestDeadline(CLOCK, 500), 1_000 + 500 - 50);
    for (const timeoutMs of [0, -1, 1.5, 60_001, Number.NaN]) {
      assert.throws(() => requestDeadline(CLOCK, timeoutMs), /allowed are whole numbers from 1/);
    }
  });
});

describe("waitForRetry", () => {
  function wait(
    route: Route,
    waiting = 0,
  ): { ends: WaitEnd[]; wake: () => void; at: (ms: number) => void } {
    let nowMs = 1_000;
    const clock = { monotonicMs: () => nowMs, wallMs: () => 0 };
    const deadlines = new Deadlines(nowMs);
    const routing = new LeaderRouting(() => route);
    routing.changed();
    for (let count = 0; count < waiting; count++) routing.wait(() => {});
    const ends: WaitEnd[] = [];
    waitForRetry(routing, deadlines, clock, 2_000, (end) => ends.push(end));
    const at = (ms: number): void => {
      nowMs = ms;
      deadlines.advance(ms);
    };
    return { ends, wake: () => routing.wake(), at };
  }

  it("without a leader it ends with the appearance of one or at the deadline, once", () => {
    const woken = wait({ kind: "none" });
    woken.at(1_500);
    assert.deepEqual(woken.ends, []);
    woken.wake();
    woken.at(9_000);
    assert.deepEqual(woken.ends, ["retry"]);
    const late = wait({ kind: "none" });
    late.at(2_030);
    late.wake();
    assert.deepEqual(late.ends, ["deadline"]);
  });

  it("with a leader it ends soon, because the refusal was a moment's", () => {
    const soon = wait({ kind: "self" });
    soon.at(1_080);
    assert.deepEqual(soon.ends, ["retry"]);
  });

  it("refuses when too many wait", () => {
    const full = wait({ kind: "none" }, WAITING_MAX);
    full.at(1_030);
    assert.deepEqual(full.ends, ["overloaded"]);
  });
});
