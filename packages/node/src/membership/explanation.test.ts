import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RaftStatus } from "@caucus/raft";
import { type ExplanationView, explain } from "./explanation.ts";
import { FIVE_MEMBERS, viewOf } from "./leader-view-fixture.ts";

const [ONE, TWO, THREE, FOUR] = FIVE_MEMBERS;

/** As node 1 sees three voters; the silent ones do not answer. */
function tell(
  changes: Partial<ExplanationView> = {},
  silent: readonly string[] = [],
  configuration: RaftStatus["configuration"] = viewOf([ONE, TWO, THREE]).configuration,
  role: RaftStatus["role"] = "leader",
): ReturnType<typeof explain> {
  return explain({
    raft: { role, term: 7, configuration } as RaftStatus,
    leader: ONE,
    isLeaderSilent: false,
    about: TWO.key,
    answers: (key) => !silent.includes(key),
    standings: [],
    policy: { automatic: true, paused: [] },
    deadVoterAfterMs: 300_000,
    otherClusters: [],
    ...changes,
  });
}

describe("what is said of the leader", () => {
  it("N37: who it is, or that it does not answer, or why there is none", () => {
    assert.deepEqual(tell().leader, ["node 1 at h1:1 leads in term 7"]);
    const silent = tell({ isLeaderSilent: true }, [], undefined, "follower").leader.join("; ");
    assert.match(
      silent,
      /^node 1 at h1:1 led in term 7, but does not answer: .* 2 of the 3 voters/,
    );
    assert.match(silent, /silent: 1; .* an election is due$/);
    const none = tell({ leader: undefined }, [TWO.key, THREE.key], undefined, "follower").leader;
    assert.match(none.join("; "), /^no leader is known in term 7: .* 2 of the 3 voters 1, 2, 3/);
    assert.match(none.join("; "), /silent: 2, 3; too few of them live/);
    const other = tell({ otherClusters: ["d".repeat(32)] }).leader;
    assert.match(other[1] ?? "", /gossip shows another Raft cluster, d+/);
  });
});

describe("what is said of a departure", () => {
  const departure = (...given: Parameters<typeof tell>): string =>
    tell(...given).departure.join("; ");

  it("N37: whether the others go on without it, and how many more they could miss", () => {
    const spared = departure();
    assert.match(
      spared,
      /without node 2 still 2 of the 3 voters \(1, 3\) would answer, 2 are enough/,
    );
    assert.match(spared, /no further voter could be missed; nobody could take its place: /);
    assert.match(departure({ about: ONE.key }), /the others would first elect a new leader/);
    assert.match(
      departure({}, [THREE.key]),
      /only 1 of the 3 voters \(1\) would .* writes would stop/,
    );
    const alone = viewOf([TWO]).configuration;
    assert.match(departure({}, [], alone), /node 2 is the only voter: nothing could be written/);
    const learner = viewOf([ONE], [TWO]).configuration;
    assert.match(departure({}, [], learner), /node 2 is a learner: reads and writes .* go on/);
    assert.match(departure({ about: FOUR.key }), /is no member/);
  });

  it("N37: who would take its place", () => {
    const spare = viewOf([ONE, TWO, THREE], [FOUR]).configuration;
    assert.match(departure({}, [], spare), /after 300000 ms of silence a learner .* place: 4$/);
    const paused = { policy: { automatic: true, paused: [2] } };
    assert.match(departure(paused, [], spare), /an operator has set it, and it is not readmitted$/);
    const off = { policy: { automatic: false, paused: [] } };
    assert.match(departure(off, [], spare), /automatic membership is off$/);
  });
});

it("N37: without the leader nobody knows more of a learner than that it is one", () => {
  const learner = viewOf([ONE], [TWO]).configuration;
  const told = tell({ leader: undefined, standings: ["unused"] }, [], learner, "follower");
  assert.deepEqual(told.voters, ["node 2 is a learner: without a leader nobody becomes a voter"]);
});
