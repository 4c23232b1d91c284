/** Whatever a leader sees, what it decides keeps the rules. */
import assert from "node:assert/strict";
import { it } from "node:test";
import {
  type Configuration,
  type Member,
  type MemberKey,
  memberOf,
  planChange,
} from "@caucus/raft";
import fc from "fast-check";
import type { LeaderView, PeerView, VoterLimits } from "./leader-view.ts";
import { memberWith, viewOf } from "./leader-view-fixture.ts";
import { judgeVoters } from "./voter-judge.ts";

const LIMITS: VoterLimits = {
  replaceAfterMs: 10_000,
  reachableMs: 1_000,
  settleMs: 10_000,
  deadVoterAfterMs: 60_000,
};

/** Nine members; the last two carry the labels of the first two. */
const POOL: readonly Member[] = [
  ...["1", "2", "3", "4", "5", "6", "7"].map((digit) => memberWith(digit, Number(digit))),
  memberWith("8", 1),
  memberWith("9", 2),
];

/** Mostly the first. */
function mostly<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

/** Well, in any state, or dead for long. */
const peers: fc.Arbitrary<Omit<PeerView, "key">> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      matchIndex: mostly(100, 36, 35, 0),
      silentMs: mostly(10, 0, 999, 1_000, 30_000),
      gossipSilentMs: mostly(10, 59_999, 60_000),
      replicating: mostly(true, false),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      matchIndex: fc.constant(100),
      silentMs: mostly(90_000, 60_000, 59_999),
      gossipSilentMs: mostly(90_000, 60_000, 59_999),
      replicating: fc.boolean(),
    }),
  },
);

/** The first of the voters leads; the others are in any state. */
const views: fc.Arbitrary<LeaderView> = fc
  .record({
    order: fc.shuffledSubarray([...POOL], { minLength: 1 }),
    voters: fc.integer({ min: 1, max: 6 }),
    states: fc.array(peers, { minLength: POOL.length, maxLength: POOL.length }),
    settled: mostly(true, false),
    votersSinceMs: mostly(10_000, 0, 9_999, Number.POSITIVE_INFINITY),
    asking: fc.subarray([...POOL], { minLength: 6 }),
    automatic: mostly(true, false),
    paused: fc.subarray([1, 2, 3]),
  })
  .map((drawn) => {
    const voters = withoutTwins(drawn.order.slice(0, drawn.voters));
    const learners = drawn.order.slice(drawn.voters);
    const view = viewOf(voters, learners);
    return {
      ...view,
      settled: drawn.settled,
      votersSinceMs: drawn.votersSinceMs,
      candidates: new Set(drawn.asking.map(({ key }) => key)),
      policy: { automatic: drawn.automatic, paused: drawn.paused },
      peers: view.peers.map((peer, place) =>
        peer.key === view.self ? peer : { ...peer, ...drawn.states[place], key: peer.key },
      ),
    };
  })
  .filter(({ configuration }) => isPossible(configuration));

/** Voters have labels of their own. */
function withoutTwins(members: readonly Member[]): readonly Member[] {
  return members.filter(
    (member, place) => members.findIndex(({ label }) => label === member.label) === place,
  );
}

/** A label has one learner at most. */
function isPossible({ learners, members }: Configuration): boolean {
  const labels = learners.map((key) => members.find((member) => member.key === key)?.label);
  return new Set(labels).size === labels.length;
}

function isQuorum({ peers: known, self }: LeaderView, voters: readonly MemberKey[]): boolean {
  const answering = voters.filter(
    (key) => key === self || known.some((peer) => peer.key === key && peer.silentMs < 1_000),
  );
  return answering.length * 2 > voters.length;
}

it("N11, N32, N33, N34: every decision is one that the rules allow, and that the core accepts", () => {
  const decided = { growth: 0, standIn: 0, dead: 0 };
  fc.assert(
    fc.property(views, (view) => {
      const found = judgeVoters(view, LIMITS);
      if (found === undefined) return;
      const { configuration, policy } = view;
      const { change } = found;
      const labelOf = (key: MemberKey): number => memberOf(configuration, key)?.label ?? 0;
      const added = change.voters.filter((key) => !configuration.voters.includes(key));
      const dropped = configuration.voters.filter((key) => !change.voters.includes(key));

      assert.ok(view.settled && view.votersSinceMs >= LIMITS.settleMs, "N32");
      assert.equal(change.expectedConfigurationIndex, view.configurationIndex, "N32");
      assert.equal(planChange(configuration, change).kind, "planned", "the core refuses it");
      assert.ok(isQuorum(view, configuration.voters) && isQuorum(view, change.voters), "N34");
      assert.ok(!dropped.includes(view.self), "the leader never drops itself");
      for (const key of added) {
        const peer = view.peers.find((other) => other.key === key);
        assert.ok(view.candidates.has(key) && peer?.replicating === true);
        assert.ok(peer.silentMs < 1_000 && peer.matchIndex >= 36, "it answers and has caught up");
      }
      if (dropped.length === 0) {
        decided.growth++;
        assert.ok(change.voters.length % 2 === 1 && change.voters.length <= 5, "N11");
        return;
      }
      const [out = "", into = ""] = [dropped[0], added[0]];
      assert.deepEqual([dropped.length, added.length], [1, 1], "a swap is of one for one");
      const silent = view.peers.find((peer) => peer.key === out);
      assert.ok(silent !== undefined && silent.silentMs >= 1_000, "nobody who answers is dropped");
      if (labelOf(out) === labelOf(into)) {
        decided.standIn++;
        return;
      }
      decided.dead++;
      assert.ok(policy.automatic && !policy.paused.includes(labelOf(out)), "N33");
      assert.ok(Math.min(silent.silentMs, silent.gossipSilentMs) >= 60_000, "N33");
    }),
    { numRuns: 20_000 },
  );
  for (const [kind, count] of Object.entries(decided)) {
    assert.ok(count >= 50, `${kind}: only ${count} were looked at`);
  }
});
