/** Each property is shown a hand-made history that breaks it, and one that does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Configuration, EMPTY_CONFIGURATION, type MembershipChange } from "@caucus/raft";
import type { Identity } from "@caucus/storage";
import type { Report } from "../../checkers/checker.ts";
import { answeringQuorum } from "./answering-quorum.ts";
import { exclusivePromise } from "./exclusive-promise.ts";
import { foundedOnPromises } from "./founded-on-promises.ts";
import { joinsNeither } from "./joins-neither.ts";
import { judgedConfigurationNamed } from "./judged-configuration-named.ts";
import { livingVotersStay } from "./living-voters-stay.ts";
import type { NodesChecker, Proposal } from "./nodes-checker.ts";
import { oddVoters } from "./odd-voters.ts";
import { oneClusterPerKey } from "./one-cluster-per-key.ts";
import { oneFounding } from "./one-founding.ts";
import { oneStepAtATime } from "./one-step-at-a-time.ts";
import { promotedAnswers } from "./promoted-answers.ts";
import { removedStaysOut } from "./removed-stays-out.ts";
import { settledVoters } from "./settled-voters.ts";

const ONE = { label: 1, key: "1" };
const TWO = { label: 2, key: "2" };

/** What the checker says of what `happens`. */
function saidOf(create: (report: Report) => NodesChecker, happens: (its: Told) => void): string[] {
  const said: string[] = [];
  happens(create((message) => said.push(message)) as Told);
  return said;
}

/** Every observation, whether the checker takes it or not. */
type Told = Required<NodesChecker>;

function identity(key: string, fields: Partial<Identity> = {}): Identity {
  const none = { cluster: undefined, promise: undefined };
  return { memberKey: key, label: Number(key), startCounter: 1, ...none, ...fields };
}

function promised(key: string, asker: string, cluster: string): Identity {
  const promise = { asker, cluster, members: [] };
  return identity(key, { promise: JSON.stringify({ kind: "promise", promise }) });
}

function request(asker: string, cluster: string) {
  return { asker, cluster, members: [] };
}

function configuration(voters: string, learners = ""): Configuration {
  const keys = [...voters, ...learners];
  return {
    ...EMPTY_CONFIGURATION,
    voters: [...voters],
    learners: [...learners],
    members: keys.map((key) => ({ key, label: labelOf(key), rpcAddress: "", apiAddress: "" })),
  };
}

/** Key `a` is another one of node 1, and so on. */
function labelOf(key: string): number {
  return /\d/.test(key) ? Number(key) : key.charCodeAt(0) - 96;
}

function change(voters: string, learners = ""): MembershipChange {
  const { members } = configuration(voters, learners);
  return { voters: [...voters], learners: [...learners], members, expectedConfigurationIndex: 5 };
}

function proposal(
  before: Configuration,
  wanted: MembershipChange,
  facts: Partial<Proposal> = {},
): Proposal {
  return {
    ...ONE,
    cluster: "c",
    reason: "because",
    change: wanted,
    configuration: before,
    configurationIndex: 5,
    isSettled: true,
    votersSinceMs: Number.POSITIVE_INFINITY,
    silenceOf: () => 0,
    isLiveInGossip: () => true,
    ...facts,
  };
}

function proposing(create: (report: Report) => NodesChecker, what: Proposal): string[] {
  return saidOf(create, (its) => its.proposing(what));
}

test("one founding: the same cluster again is none, another one is", () => {
  const again = saidOf(oneFounding, (its) => {
    its.founding(ONE, promised("1", "1", "c"), configuration("12"));
    its.founding(ONE, promised("1", "1", "c"), configuration("12"));
  });
  assert.deepEqual(again, []);
  const other = saidOf(oneFounding, (its) => {
    its.founding(ONE, promised("1", "1", "c"), configuration("12"));
    its.founding(TWO, promised("2", "2", "d"), configuration("2"));
  });
  assert.match(other.join(), /node 2 founds cluster d, node 1 has founded c/);
});

test("one cluster per key: on disk and in Raft", () => {
  const said = saidOf(oneClusterPerKey, (its) => {
    its.bound(ONE, identity("1"), identity("1", { cluster: "c" }));
    its.began(ONE, "c");
    its.began(ONE, "c");
    its.bound(ONE, identity("1", { cluster: "c" }), identity("1", { cluster: "d" }));
    its.began(ONE, "d");
  });
  assert.equal(said.length, 2);
});

test("exclusive promise: not before it is on disk, and to one asker at a time", () => {
  const said = saidOf(exclusivePromise, (its) => {
    its.granted(ONE, promised("1", "2", "c"), request("2", "c"));
    its.granted(ONE, promised("1", "2", "d"), request("2", "d"));
    its.withdrawn(ONE, "3", "d");
    its.withdrawn(ONE, "2", "d");
    its.granted(ONE, promised("1", "3", "e"), request("3", "e"));
  });
  assert.deepEqual(said, []);
  const early = saidOf(exclusivePromise, (its) =>
    its.granted(ONE, identity("1"), request("2", "c")),
  );
  assert.match(early.join(), /on disk is none/);
  const twice = saidOf(exclusivePromise, (its) => {
    its.granted(ONE, promised("1", "2", "c"), request("2", "c"));
    its.granted(ONE, promised("1", "3", "d"), request("3", "d"));
  });
  assert.match(twice.join(), /while its promise to 2 stands/);
});

test("exclusive promise: an asker that turns up in another cluster sets it free", () => {
  const said = saidOf(exclusivePromise, (its) => {
    its.granted(ONE, promised("1", "2", "c"), request("2", "c"));
    its.bound(TWO, identity("2"), identity("2", { cluster: "d" }));
    its.granted(ONE, promised("1", "3", "e"), request("3", "e"));
  });
  assert.deepEqual(said, []);
});

test("founded on promises: of every voter", () => {
  const create = (report: Report) => foundedOnPromises(report, (key) => key !== "3");
  const happens = (voters: string) => (its: Told) =>
    its.founding(ONE, promised("1", "1", "c"), configuration(voters));
  assert.deepEqual(saidOf(create, happens("12")), []);
  assert.match(saidOf(create, happens("123")).join(), /without the promise of 3/);
});

test("judged configuration named: by automation, and settled", () => {
  const before = configuration("123", "4");
  const { expectedConfigurationIndex: _, ...unnamed } = change("1234");
  const named = proposal(before, change("1234"));
  assert.deepEqual(proposing(judgedConfigurationNamed, named), []);
  assert.equal(proposing(judgedConfigurationNamed, { ...named, change: unnamed }).length, 1);
  assert.equal(proposing(judgedConfigurationNamed, { ...named, isSettled: false }).length, 1);
  const byOperator = { ...named, change: unnamed, reason: undefined };
  assert.deepEqual(proposing(judgedConfigurationNamed, byOperator), []);
});

test("one step at a time: what another change has done is not undone on the way", () => {
  const before = configuration("123", "45");
  for (const step of [
    change("123", "456"),
    change("123", "4e"),
    change("12345"),
    change("124", "5"),
    change("12a", "45"),
  ]) {
    assert.deepEqual(proposing(oneStepAtATime, proposal(before, step)), [], `${step.voters}`);
  }
  for (const step of [change("123", "46"), change("12", "45"), change("1245", ""), change("123")]) {
    assert.equal(proposing(oneStepAtATime, proposal(before, step)).length, 1, `${step.voters}`);
  }
  const stale = proposal(before, change("123", "46"), { configurationIndex: 6 });
  assert.deepEqual(proposing(oneStepAtATime, stale), []);
});

test("odd voters: where automation changes their number, and five at most", () => {
  const before = configuration("123", "4567");
  assert.deepEqual(proposing(oddVoters, proposal(before, change("12345"))), []);
  assert.equal(proposing(oddVoters, proposal(before, change("1234"))).length, 1);
  assert.equal(proposing(oddVoters, proposal(before, change("1234567"))).length, 1);
  const even = configuration("1234", "5");
  assert.deepEqual(proposing(oddVoters, proposal(even, change("123e"))), []);
});

test("answering quorum: of the voters before and after", () => {
  const create = (report: Report) => answeringQuorum(report, 100);
  const before = configuration("1", "23");
  const growth = (silent: string) =>
    proposal(before, change("123"), {
      silenceOf: (key) => (silent.includes(key) ? 101 : 99),
    });
  assert.deepEqual(proposing(create, growth("3")), []);
  assert.equal(proposing(create, growth("23")).length, 1);
});

test("living voters stay: whatever gossip says of a voter that Raft hears", () => {
  const create = (report: Report) =>
    livingVotersStay(report, { reachableMs: 100, replaceDeadAfterMs: 1_000 });
  const before = configuration("123", "4c");
  const swap = (after: string, silentMs: number, isLive: boolean): Proposal =>
    proposal(before, change(after), {
      silenceOf: () => silentMs,
      isLiveInGossip: () => isLive,
    });
  assert.deepEqual(proposing(create, swap("124", 1_000, false)), []);
  assert.match(proposing(create, swap("124", 999, false)).join(), /heard 999 ms ago/);
  assert.match(proposing(create, swap("124", 1_000, true)).join(), /live in gossip/);
  assert.deepEqual(proposing(create, swap("12c", 100, true)), []);
  assert.equal(proposing(create, swap("12c", 99, true)).length, 1);
});

test("removed stays out: under a new key too, until an operator wants it", () => {
  const before = configuration("1", "2");
  const comes = proposal(before, change("1", "2c"));
  const said = saidOf(removedStaysOut, (its) => {
    its.proposing(comes);
    its.removed(3, "c");
    its.proposing({ ...comes, reason: undefined });
    its.readmitted(3);
    its.proposing(comes);
  });
  assert.deepEqual(said, []);
  const back = saidOf(removedStaysOut, (its) => {
    its.removed(3, "c");
    its.proposing(comes);
  });
  assert.match(back.join(), /takes removed node 3 back/);
});

test("promoted answers: an operator makes nobody a voter who was not heard", () => {
  const create = (report: Report) => promotedAnswers(report, 1_000);
  const before = configuration("1", "2");
  const asked = (silentMs: number): Proposal =>
    proposal(before, change("12"), { reason: undefined, silenceOf: () => silentMs });
  assert.deepEqual(proposing(create, asked(1_000)), []);
  assert.equal(proposing(create, asked(Number.POSITIVE_INFINITY)).length, 1);
});

test("settled voters: growth waits, a learner does not", () => {
  const create = (report: Report) => settledVoters(report, 500);
  const before = configuration("1", "23");
  const growth = (votersSinceMs: number): Proposal =>
    proposal(before, change("123"), { votersSinceMs });
  assert.deepEqual(proposing(create, growth(500)), []);
  assert.equal(proposing(create, growth(499)).length, 1);
  const learner = proposal(before, change("1", "234"), { votersSinceMs: 0 });
  assert.deepEqual(proposing(create, learner), []);
});

test("joins neither: whoever sees two clusters for a while asks neither", () => {
  const seeing = (clusters: readonly string[], atMs: number) =>
    saidOf(joinsNeither, (its) => {
      its.sees(ONE, ["c", "d"], 0);
      its.sees(ONE, clusters, 3_000);
      its.asksToJoin(ONE, "c", atMs);
    });
  assert.equal(seeing(["c", "d"], 5_000).length, 1);
  assert.deepEqual(seeing(["c", "d"], 3_500), []);
  assert.deepEqual(seeing(["c"], 5_000), []);
});
