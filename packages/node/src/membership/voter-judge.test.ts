import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Member } from "@caucus/raft";
import type { LeaderView, VoterLimits } from "./leader-view.ts";
import { changed, FIVE_MEMBERS, memberWith, silenced, viewOf } from "./leader-view-fixture.ts";
import { explainLearner, judgeVoters, type VoterDecision } from "./voter-judge.ts";

const LIMITS: VoterLimits = {
  replaceAfterMs: 10_000,
  reachableMs: 1_000,
  settleMs: 10_000,
  deadVoterAfterMs: 300_000,
};
const DEAD_MS = 300_000;

const [ONE, TWO, THREE, FOUR, FIVE] = FIVE_MEMBERS;
const SIX = memberWith("6", 6);
const SEVEN = memberWith("7", 7);
/** Label 2 under another key. */
const NEW_TWO = memberWith("a", 2);

function judge(view: LeaderView): VoterDecision | undefined {
  return judgeVoters(view, LIMITS);
}

function automatic(view: LeaderView, paused: readonly number[] = []): LeaderView {
  return { ...view, policy: { automatic: true, paused } };
}

function assertVoters(view: LeaderView, voters: readonly Member[]): void {
  const found = judge(view);
  assert.ok(found !== undefined, "nothing is decided");
  assert.deepEqual(
    found.change.voters,
    voters.map(({ key }) => key),
  );
  assert.equal(found.change.expectedConfigurationIndex, view.configurationIndex);
}

function assertNothing(view: LeaderView, why: string): void {
  assert.equal(judge(view), undefined, why);
}

describe("when nothing is changed at all", () => {
  const ripe = viewOf([ONE], [TWO, THREE]);

  it("N32: before the leader has begun, during another change, and while the voters are new", () => {
    assert.ok(judge(ripe) !== undefined);
    assertNothing(
      { ...ripe, settled: false },
      "not committed in its term, or a change is under way",
    );
    const joint = { ...ripe.configuration, outgoing: [ONE.key] };
    assertNothing({ ...ripe, configuration: joint }, "joint");
    assertNothing({ ...ripe, votersSinceMs: 9_999 }, "the voters are new");
    assert.ok(judge({ ...ripe, votersSinceMs: 10_000 }) !== undefined);
  });
});

describe("growth", () => {
  it("N11: the number of voters stays odd: 1, 3, 5 and no more", () => {
    assertNothing(viewOf([ONE], [TWO]), "a second one stays a learner");
    assertVoters(viewOf([ONE], [TWO, THREE]), [ONE, TWO, THREE]);
    assertVoters(viewOf([ONE], [FOUR, THREE, TWO]), [ONE, TWO, THREE]);
    assertNothing(viewOf([ONE, TWO, THREE], [FOUR]), "one spare");
    assertVoters(viewOf([ONE, TWO, THREE], [FOUR, FIVE]), [ONE, TWO, THREE, FOUR, FIVE]);
    assertNothing(viewOf([ONE, TWO, THREE, FOUR, FIVE], [SIX, SEVEN]), "five are enough");
    assertVoters(viewOf([ONE, TWO], [THREE]), [ONE, TWO, THREE]);
  });

  it("N11: only of learners that may vote and have caught up", () => {
    const view = viewOf([ONE], [TWO, THREE]);
    assertNothing(
      { ...view, candidates: new Set([TWO.key]) },
      "an operator's learner is no company",
    );
    assertNothing(changed(view, THREE, { matchIndex: 20 }), "it lags");
    assertNothing(changed(view, THREE, { replicating: false }), "it is probed or gets a snapshot");
    assertNothing(silenced(view, THREE, 1_000), "it does not answer");
  });

  it("N34: only while a quorum of the old voters answers", () => {
    const view = viewOf([ONE, TWO, THREE], [FOUR, FIVE]);
    assertVoters(silenced(view, THREE, DEAD_MS), [ONE, TWO, THREE, FOUR, FIVE]);
    assertNothing(
      silenced(silenced(view, THREE, 9_000), TWO, 9_000),
      "the new ones would be three",
    );
  });
});

describe("a stand-in", () => {
  const standIn = silenced(viewOf([ONE, TWO, THREE], [NEW_TWO]), TWO, 20_000);

  it("N10: is swapped for the silent voter of its label in one change", () => {
    assertVoters(standIn, [ONE, THREE, NEW_TWO]);
  });

  it("N10: waits while it lags, while the old voter answers, or without both quorums", () => {
    assertNothing({ ...standIn, lastIndex: 1_000 }, "it lags");
    assertNothing(silenced(standIn, TWO, 10), "the old voter answers");
    // Of the old voters only the leader answers; of the new ones it and the learner do.
    assertNothing(silenced(standIn, THREE, 5_000), "no quorum of the old ones");
  });
});

describe("the long dead", () => {
  const view = automatic(viewOf([ONE, TWO, THREE], [FOUR]));
  const dead = silenced(view, THREE, DEAD_MS);

  it("N33: are swapped for a spare learner, the longest dead first", () => {
    assertVoters(dead, [ONE, TWO, FOUR]);
    const five = automatic(viewOf([ONE, TWO, THREE, FOUR, FIVE], [SEVEN, SIX]));
    const two = silenced(silenced(five, TWO, DEAD_MS), FOUR, DEAD_MS + 1);
    assertVoters(two, [ONE, TWO, THREE, FIVE, SIX]);
  });

  it("N33: not while gossip or Raft has heard of them, nor without a spare", () => {
    assertNothing(silenced(view, THREE, DEAD_MS - 1), "not long enough");
    assertNothing(silenced(view, THREE, DEAD_MS, 10), "gossip sees it");
    assertNothing(silenced(view, THREE, 10, DEAD_MS), "Raft hears it");
    assertNothing(automatic(silenced(viewOf([ONE, TWO, THREE]), THREE, DEAD_MS)), "no spare");
    assertNothing({ ...dead, candidates: new Set() }, "nobody may");
    assertNothing(silenced(dead, FOUR, 5_000), "the spare is silent");
  });

  it("N33: only where membership is automatic, and never of a label that is paused", () => {
    assertNothing({ ...dead, policy: { automatic: false, paused: [] } }, "off");
    assertNothing(automatic(dead, [3]), "paused");
  });

  it("N34: never where a quorum of the old or of the new voters does not answer now", () => {
    assertNothing(silenced(dead, TWO, 5_000), "one of three old voters");
    const four = automatic(viewOf([ONE, TWO, THREE, FOUR], [FIVE]));
    assertNothing(
      silenced(silenced(four, THREE, DEAD_MS), FOUR, DEAD_MS),
      "two of four old voters, though three of four new ones",
    );
  });
});

it("N37: each learner is told why it is no voter", () => {
  const why = (view: LeaderView, member: Member): string => explainLearner(view, LIMITS, member);
  assert.match(
    why(viewOf([ONE], [TWO]), TWO),
    /2 voters bear no more failures than 1; .* one more/,
  );
  assert.match(
    why(viewOf([ONE], [TWO], { candidates: new Set() }), TWO),
    /is off, .* cluster promote 2$/,
  );
  const paused = viewOf([ONE], [TWO], {
    candidates: new Set(),
    policy: { automatic: true, paused: [2] },
  });
  assert.match(why(paused, TWO), /an operator has said so/);
  assert.match(
    why(changed(viewOf([ONE], [TWO]), TWO, { matchIndex: 1 }), TWO),
    /not yet caught up/,
  );
  assert.match(why(silenced(viewOf([ONE], [TWO]), TWO, 2_000), TWO), /does not answer/);
  const standIn = silenced(viewOf([ONE, TWO, THREE], [NEW_TWO]), TWO, 20_000);
  assert.match(why(standIn, NEW_TWO), /stands by for the voter of its label, silent for 20000 ms/);
  const full = viewOf([ONE, TWO, THREE, FOUR, FIVE], [SIX]);
  assert.match(why(full, SIX), /there are 5 voters/);
  assert.match(why({ ...full, votersSinceMs: 5 }, SIX), /changed less than 10000 ms ago/);
});
