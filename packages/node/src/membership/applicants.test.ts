import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JoinRequest } from "@caucus/rpc";
import { Applicants } from "./applicants.ts";
import { CLUSTER, memberWith } from "./leader-view-fixture.ts";

function requestOf(digits: string, more: Partial<JoinRequest> = {}): JoinRequest {
  const member = { ...memberWith("1", 1), key: digits.padStart(32, "0") };
  return { cluster: CLUSTER, member, startCounter: 1, lastIndex: 0, nominated: true, ...more };
}

function open(): { applicants: Applicants; clock: { nowMs: number } } {
  const clock = { nowMs: 100_000 };
  const applicants = new Applicants({ monotonicMs: () => clock.nowMs, wallMs: () => 0 });
  return { applicants, clock };
}

describe("those who ask", () => {
  it("are remembered for five seconds, with how they found the cluster", () => {
    const { applicants, clock } = open();
    const { key } = requestOf("a").member;
    applicants.asks(requestOf("a"));
    assert.deepEqual([...applicants.asking()], [[key, true]]);
    applicants.asks(requestOf("a", { nominated: false }));
    clock.nowMs += 5_000;
    assert.deepEqual([...applicants.asking()], [[key, false]]);
    clock.nowMs += 1;
    assert.equal(applicants.asking().size, 0);
  });

  it("N23: are known by their highest start counter and by what they had acknowledged", () => {
    const { applicants } = open();
    const { key } = requestOf("a").member;
    assert.deepEqual(applicants.seen(key), { startCounter: 0, doubtedIndex: 0 });
    const older = requestOf("a", { startCounter: 3, lastIndex: 9 });
    applicants.asks(older);
    applicants.noteMember(requestOf("a", { startCounter: 5, lastIndex: 9 }), 9);
    applicants.noteMember(older, 10);
    assert.deepEqual(applicants.seen(key), { startCounter: 5, doubtedIndex: 10 });
    applicants.answered(key, "its log is being compared");
    assert.equal(applicants.answerTo(key), "its log is being compared");
    applicants.asks(older);
    assert.equal(applicants.answerTo(key), "its log is being compared", "until it is told more");
  });

  it("are at most 1,024: who asked longest ago is forgotten first", () => {
    const { applicants } = open();
    for (let number = 1; number <= 1_025; number++) {
      applicants.asks(requestOf(number.toString(16)));
      if (number === 1_000) applicants.asks(requestOf("1"));
    }
    assert.equal(applicants.asking().size, 1_024);
    assert.ok(applicants.asking().has(requestOf("1").member.key));
    assert.ok(!applicants.asking().has(requestOf("2").member.key));
  });
});
