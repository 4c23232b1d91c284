import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EMPTY_CONFIGURATION, type Member } from "@caucus/raft";
import type { JoinRequest } from "@caucus/rpc";
import { type JoinVerdict, judgeJoin } from "./join-judge.ts";
import type { JoinLimits, LeaderView, PeerView } from "./leader-view.ts";

const CLUSTER = "c".repeat(32);
const LIMITS: JoinLimits = { replaceAfterMs: 10_000, reachableMs: 1_000 };

function memberOf(digit: string, label: number): Member {
  return { key: digit.repeat(32), label, rpcAddress: `h${label}:1`, apiAddress: `h${label}:2` };
}

const ONE = memberOf("1", 1);
const TWO = memberOf("2", 2);
const THREE = memberOf("3", 3);
const FOUR = memberOf("4", 4);
/** Label 2 under another key. */
const NEW_TWO = memberOf("a", 2);

function peer(member: Member, more: Partial<PeerView> = {}): PeerView {
  return { key: member.key, matchIndex: 100, silentMs: 10, replicating: true, ...more };
}

/** The view of ONE as leader. */
function viewOf(
  voters: readonly Member[],
  learners: readonly Member[] = [],
  more: Partial<LeaderView> = {},
): LeaderView {
  const members = [...voters, ...learners];
  return {
    cluster: CLUSTER,
    self: ONE.key,
    configuration: {
      ...EMPTY_CONFIGURATION,
      voters: voters.map(({ key }) => key),
      learners: learners.map(({ key }) => key),
      members,
    },
    configurationIndex: 7,
    settled: true,
    lastIndex: 100,
    peers: members.map((member) => peer(member, member === ONE ? { silentMs: 0 } : {})),
    startCounter: 0,
    doubtedIndex: 0,
    candidates: new Set(learners.map(({ key }) => key)),
    ...more,
  };
}

function silenced(view: LeaderView, silent: Member, silentMs: number): LeaderView {
  const peers = view.peers.map((other) =>
    other.key === silent.key ? { ...other, silentMs } : other,
  );
  return { ...view, peers };
}

function requestOf(member: Member, more: Partial<JoinRequest> = {}): JoinRequest {
  return { cluster: CLUSTER, member, startCounter: 5, lastIndex: 100, ...more };
}

function judge(view: LeaderView, request: JoinRequest): JoinVerdict {
  return judgeJoin(view, request, LIMITS);
}

function refusalOf(verdict: JoinVerdict): string {
  assert.ok(verdict.kind === "reply" && verdict.reply.kind === "refused", verdict.kind);
  return verdict.reply.message;
}

function votersOf(verdict: JoinVerdict): readonly string[] {
  assert.ok(verdict.kind === "change", verdict.kind);
  return verdict.change.voters;
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
    const counted = { ...view, startCounter: 6 };
    assert.match(refusalOf(judge(counted, requestOf(TWO))), /started 6 times, this copy 5/);
    const short = requestOf(TWO, { lastIndex: 99 });
    const first = judge(view, short);
    assert.ok(first.kind === "reply" && first.reply.kind === "wait", "it may be a newer answer");
    const second = judge({ ...view, doubtedIndex: 100 }, short);
    assert.match(refusalOf(second), /acknowledged entry 100, but its log ends at 99/);
    assert.ok(isMember(judge({ ...view, doubtedIndex: 100 }, requestOf(TWO))));
    assert.ok(isMember(judge({ ...view, startCounter: 5 }, requestOf(TWO))));
  });

  it("is refused under another label, and in another cluster", () => {
    assert.match(refusalOf(judge(view, requestOf({ ...TWO, label: 9 }))), /belongs to label 2/);
    const elsewhere = requestOf(TWO, { cluster: "d".repeat(32) });
    assert.match(refusalOf(judge(view, elsewhere)), /this is cluster c+, not d+/);
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
    const again = memberOf("b", 2);
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

describe("a learner that asks to vote", () => {
  const standIn = silenced(viewOf([ONE, TWO, THREE], [NEW_TWO]), TWO, 20_000);

  it("N10: is swapped for the silent voter of its label in one change", () => {
    const verdict = judge(standIn, requestOf(NEW_TWO));
    assert.deepEqual(votersOf(verdict), [ONE.key, THREE.key, NEW_TWO.key]);
  });

  it("N10: waits while it lags, while the old voter answers, or without both quorums", () => {
    const lagging = { ...standIn, lastIndex: 1_000 };
    assert.ok(isMember(judge(lagging, requestOf(NEW_TWO))));
    assert.ok(isMember(judge(silenced(standIn, TWO, 10), requestOf(NEW_TWO))));
    // Of the old voters only the leader answers; of the new ones it and the learner do.
    assert.ok(isMember(judge(silenced(standIn, THREE, 5_000), requestOf(NEW_TWO))));
  });

  it("N11: the number of voters stays odd: 1, 3, 5 and no more", () => {
    assert.ok(isMember(judge(viewOf([ONE], [TWO]), requestOf(TWO))));
    const pair = judge(viewOf([ONE], [TWO, THREE]), requestOf(TWO));
    assert.deepEqual(votersOf(pair), [ONE.key, TWO.key, THREE.key]);
    const alone = judge(viewOf([ONE, TWO], [THREE]), requestOf(THREE));
    assert.deepEqual(votersOf(alone), [ONE.key, TWO.key, THREE.key]);
    const notAsking = viewOf([ONE], [TWO, THREE], { candidates: new Set([TWO.key]) });
    assert.ok(isMember(judge(notAsking, requestOf(TWO))), "an operator's learner is no company");
    const five = [ONE, TWO, THREE, FOUR, memberOf("5", 5)];
    const full = viewOf(five, [memberOf("6", 6), memberOf("7", 7)]);
    assert.ok(isMember(judge(full, requestOf(memberOf("6", 6)))));
  });
});
