import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Member } from "@caucus/raft";
import type { JoinRequest } from "@caucus/rpc";
import { type JoinVerdict, judgeJoin } from "./join-judge.ts";
import type { JoinLimits, LeaderView, Sighting } from "./leader-view.ts";
import { CLUSTER, FIVE_MEMBERS, memberWith, silenced, viewOf } from "./leader-view-fixture.ts";

const LIMITS: JoinLimits = { replaceAfterMs: 10_000, reachableMs: 1_000 };
const NEVER_SEEN: Sighting = { startCounter: 0, doubtedIndex: 0 };

const [ONE, TWO, THREE, FOUR] = FIVE_MEMBERS;
/** Label 2 under another key. */
const NEW_TWO = memberWith("a", 2);

function requestOf(member: Member, more: Partial<JoinRequest> = {}): JoinRequest {
  return { cluster: CLUSTER, member, startCounter: 5, lastIndex: 100, nominated: false, ...more };
}

function judge(view: LeaderView, request: JoinRequest, seen: Sighting = NEVER_SEEN): JoinVerdict {
  return judgeJoin(view, request, seen, LIMITS);
}

function refusalOf(verdict: JoinVerdict): string {
  assert.ok(verdict.kind === "reply" && verdict.reply.kind === "refused", verdict.kind);
  return verdict.reply.message;
}

function isMember(verdict: JoinVerdict): boolean {
  return verdict.kind === "reply" && verdict.reply.kind === "member";
}

describe("a node that the leader knows", () => {
  const view = viewOf([ONE, TWO, THREE]);

  it("N7: is a member, and its new address is recorded against the judged configuration", () => {
    assert.ok(isMember(judge(view, requestOf(TWO))));
    const moved = { ...TWO, rpcAddress: "elsewhere:1" };
    const verdict = judge(view, requestOf(moved));
    assert.ok(verdict.kind === "change");
    assert.deepEqual(verdict.change.members, [ONE, THREE, moved]);
    assert.deepEqual(verdict.change.voters, view.configuration.voters);
    assert.equal(verdict.change.expectedConfigurationIndex, 7);
  });

  it("N23: is refused when its start counter or its log has gone back", () => {
    const counted = { startCounter: 6, doubtedIndex: 0 };
    assert.match(refusalOf(judge(view, requestOf(TWO), counted)), /started 6 times, this copy 5/);
    const short = requestOf(TWO, { lastIndex: 99 });
    const first = judge(view, short);
    assert.ok(first.kind === "reply" && first.reply.kind === "wait", "it may be a newer answer");
    const doubted = { startCounter: 5, doubtedIndex: 100 };
    const second = judge(view, short, doubted);
    assert.match(refusalOf(second), /acknowledged entry 100, but its log ends at 99/);
    assert.ok(isMember(judge(view, requestOf(TWO), doubted)));
  });

  it("is refused under another label, and sent on when it means another cluster", () => {
    assert.match(refusalOf(judge(view, requestOf({ ...TWO, label: 9 }))), /belongs to label 2/);
    const elsewhere = judge(view, requestOf(TWO, { cluster: "d".repeat(32) }));
    assert.deepEqual(elsewhere, {
      kind: "reply",
      reply: { kind: "not-leader", leader: undefined },
    });
  });

  it("N8: is refused for ever once it was removed", () => {
    const { configuration } = view;
    const removed = { ...view, configuration: { ...configuration, removed: [FOUR.key] } };
    assert.match(refusalOf(judge(removed, requestOf(FOUR))), /was removed .* never returns/);
  });
});

describe("a node with a new key", () => {
  it("becomes a learner under a free label, but not during another change", () => {
    const verdict = judge(viewOf([ONE, TWO, THREE]), requestOf(FOUR, { lastIndex: 0 }));
    assert.ok(verdict.kind === "change");
    assert.deepEqual(verdict.change.learners, [FOUR.key]);
    const busy = judge(viewOf([ONE], [], { settled: false }), requestOf(FOUR));
    assert.ok(busy.kind === "reply" && busy.reply.kind === "wait");
  });

  it("N9: takes a label over only after the holder's silence, and never from the leader", () => {
    const view = viewOf([ONE, TWO, THREE]);
    const early = judge(silenced(view, TWO, 9_999), requestOf(NEW_TWO, { lastIndex: 0 }));
    assert.ok(early.kind === "ask-holders" && early.takeOver === undefined);
    assert.match(early.wait, /label 2 belongs to node 2 at h2:1 .* after 10000 ms/);
    const late = judge(silenced(view, TWO, 10_000), requestOf(NEW_TWO, { lastIndex: 0 }));
    assert.ok(late.kind === "ask-holders");
    assert.deepEqual(late.holders, [TWO]);
    assert.deepEqual(late.takeOver?.learners, [NEW_TWO.key]);
    assert.deepEqual(late.takeOver?.voters, view.configuration.voters);
    const leaders = { ...NEW_TWO, label: 1 };
    assert.match(refusalOf(judge(view, requestOf(leaders))), /in use by the live node 1/);
  });

  it("N9: takes the place of an earlier stand-in that was wiped in turn", () => {
    const again = memberWith("b", 2);
    const view = silenced(
      silenced(viewOf([ONE, TWO, THREE], [NEW_TWO]), TWO, 99_000),
      NEW_TWO,
      99_000,
    );
    const verdict = judge(view, requestOf(again, { lastIndex: 0 }));
    assert.ok(verdict.kind === "ask-holders");
    assert.deepEqual(verdict.takeOver?.learners, [again.key]);
  });
});

describe("a newcomer and the policy", () => {
  const open = viewOf([ONE, TWO, THREE]);
  const automatic = { ...open, policy: { automatic: true, paused: [] } };
  const waitOf = (verdict: JoinVerdict): string => {
    assert.ok(verdict.kind === "reply" && verdict.reply.kind === "wait", verdict.kind);
    return verdict.reply.message;
  };

  it("N36: a nominee is taken in only where membership is automatic; who was told to join always", () => {
    const nominee = requestOf(FOUR, { nominated: true, lastIndex: 0 });
    assert.match(waitOf(judge(open, nominee)), /is off in this cluster; add it with .* add 4$/);
    assert.equal(judge(automatic, nominee).kind, "change");
    assert.equal(judge(open, requestOf(FOUR, { lastIndex: 0 })).kind, "change");
    const standIn = requestOf(NEW_TWO, { nominated: true, lastIndex: 0 });
    assert.match(waitOf(judge(open, standIn)), /is off in this cluster/);
  });

  it("N36: a label that an operator has removed stays out, however it comes back", () => {
    const paused = { ...open, policy: { automatic: true, paused: [4, 2] } };
    for (const nominated of [true, false]) {
      const verdict = judge(paused, requestOf(FOUR, { nominated, lastIndex: 0 }));
      assert.match(
        waitOf(verdict),
        /an operator keeps label 4 out; add it with caucus cluster add 4/,
      );
      // Its place was never taken away: a new disk changes nothing.
      assert.equal(
        judge(paused, requestOf(NEW_TWO, { nominated, lastIndex: 0 })).kind,
        "ask-holders",
      );
    }
  });
});
