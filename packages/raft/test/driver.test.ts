import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProposalOutcome, ReadOutcome } from "../src/driver/outcome.ts";
import { keyOf, memberWith } from "../testing/core-cluster.ts";
import { CLUSTER, createDriver, type DriverFixture } from "./driver-fixture.ts";

const command = (text: string): Uint8Array => new TextEncoder().encode(text);
const NEVER_MS = 1e9;

function startLeader(config = {}): DriverFixture {
  const fixture = createDriver({ voters: [1], config });
  fixture.wait(2000);
  assert.equal(fixture.driver.status().role, "leader");
  return fixture;
}

function propose(fixture: DriverFixture, text: string, deadlineMs = NEVER_MS): ProposalOutcome[] {
  const outcomes: ProposalOutcome[] = [];
  fixture.driver.propose(command(text), deadlineMs, (outcome) => outcomes.push(outcome));
  return outcomes;
}

test("a proposal is answered with the result of applying it, after it is durable", () => {
  const fixture = startLeader();
  const outcomes = propose(fixture, "a");
  fixture.turn();
  assert.equal(outcomes.length, 0);
  fixture.settle();
  const [outcome] = outcomes;
  assert.ok(outcome?.kind === "applied" && outcome.result === "did a");
});

test("proposals of one turn are one batch", () => {
  const fixture = startLeader();
  let writes = 0;
  const write = fixture.log.write.bind(fixture.log);
  fixture.log.write = (batch, done) => {
    writes++;
    write(batch, done);
  };
  for (let i = 0; i < 100; i++) propose(fixture, `${i}`);
  fixture.settle();
  assert.equal(writes, 1);
  assert.equal(fixture.state.commands.length, 100);
});

test("R15: a failed write answers nothing as applied and stops the driver", () => {
  const fixture = startLeader();
  const outcomes = propose(fixture, "a");
  fixture.turn();
  fixture.log.flush(new Error("disk full"));
  assert.deepEqual(outcomes, [{ kind: "unknown" }]);
  assert.equal(fixture.poisoned[0]?.message, "disk full");
  assert.deepEqual(propose(fixture, "b"), [{ kind: "stopped" }]);
  assert.equal(fixture.driver.status().poisoned?.message, "disk full");
});

test("R15: an entry that the state machine can't read stops the driver", () => {
  const fixture = startLeader();
  propose(fixture, "unreadable");
  fixture.settle();
  assert.equal(fixture.poisoned[0]?.message, "a newer format");
});

test("a proposal whose deadline passes is unknown", () => {
  const fixture = startLeader();
  const outcomes = propose(fixture, "a", fixture.nowMs + 50);
  fixture.turn();
  fixture.nowMs += 100;
  fixture.driver.tick();
  fixture.driver.tick();
  assert.deepEqual(outcomes, [{ kind: "unknown" }]);
});

test("a follower refuses a proposal and names the leader it knows", () => {
  const fixture = createDriver({});
  assert.deepEqual(propose(fixture, "a"), [{ kind: "not-leader", leader: undefined }]);
  fixture.driver.receive([heartbeat(2, 3)]);
  fixture.settle();
  assert.deepEqual(propose(fixture, "a"), [{ kind: "not-leader", leader: keyOf(2) }]);
});

test("a proposal beyond the limit of waiting ones is overloaded", () => {
  const fixture = startLeader({ proposalsMax: 1 });
  propose(fixture, "a");
  const [outcome] = propose(fixture, "b");
  assert.equal(outcome?.kind, "overloaded");
});

test("messages beyond the inbox limit are dropped", () => {
  const fixture = createDriver({ config: { inboxMax: 2 } });
  fixture.driver.receive([1, 2, 3].map(() => heartbeat(2, 3)));
  fixture.settle();
  assert.equal(fixture.sent.filter((message) => message.kind === "heartbeat-reply").length, 2);
});

test("a read is answered when its index is applied, all of one turn in one round", () => {
  const fixture = startLeader();
  const outcomes: ReadOutcome[] = [];
  for (let i = 0; i < 3; i++) {
    fixture.driver.read(NEVER_MS, (outcome) => outcomes.push(outcome));
  }
  assert.equal(outcomes.length, 0);
  fixture.settle();
  assert.deepEqual(
    outcomes.map((outcome) => outcome.kind),
    ["ready", "ready", "ready"],
  );
});

test("a read without a leader says so at its deadline", () => {
  const fixture = createDriver({});
  const outcomes: ReadOutcome[] = [];
  fixture.driver.read(100, (outcome) => outcomes.push(outcome));
  fixture.wait(200);
  assert.deepEqual(outcomes, [{ kind: "no-leader" }]);
});

test("a read of an installing snapshot waits until the snapshot is in force", () => {
  const fixture = createDriver({});
  const meta = {
    index: 10,
    term: 3,
    configuration: { ...fixture.state.opened.configuration, voters: [keyOf(2)] },
    configurationIndex: 1,
  };
  const header = { cluster: CLUSTER, from: keyOf(2), to: keyOf(1), term: 3, meta };
  assert.notEqual(fixture.driver.receiveSnapshot(header), undefined);
  assert.equal(fixture.driver.receiveSnapshot(header), undefined, "one at a time");
  fixture.driver.snapshotReceived(header, {
    meta,
    generation: undefined,
    discard: () => undefined,
  });
  const outcomes: ReadOutcome[] = [];
  fixture.driver.read(NEVER_MS, (outcome) => outcomes.push(outcome));
  fixture.turn();
  const asked = fixture.sent.find((message) => message.kind === "read-index");
  assert.equal(asked, undefined, "the term of the leader is not durable yet");
  assert.equal(fixture.driver.status().appliedIndex, 0);
  fixture.log.flush();
  fixture.turn();
  assert.equal(fixture.driver.status().appliedIndex, 10);
  const question = fixture.sent.find((message) => message.kind === "read-index");
  assert.ok(question?.kind === "read-index");
  const { context } = question;
  const reply = { from: keyOf(2), to: keyOf(1), term: 3, context, index: 10 } as const;
  fixture.driver.receive([{ kind: "read-index-reply", ...reply }]);
  fixture.settle();
  assert.deepEqual(outcomes, [{ kind: "ready", index: 10 }]);
  assert.deepEqual(
    fixture.state.installs.map((install) => install.index),
    [10],
  );
});

test("the log is compacted by policy, keeping some entries for followers that lag", () => {
  const fixture = startLeader({ compactionEntries: 20, compactionKeepEntries: 5 });
  for (let i = 0; i < 30; i++) {
    propose(fixture, `${i}`);
    fixture.settle();
  }
  const { appliedIndex, compactedIndex } = fixture.driver.status();
  assert.ok(compactedIndex > 0 && compactedIndex <= appliedIndex - 5, `${compactedIndex}`);
  assert.equal(fixture.log.compactedIndex, compactedIndex);
  assert.equal(fixture.driver.compact(appliedIndex - 2), appliedIndex - 2, "no further than asked");
  assert.equal(fixture.driver.compact(1), appliedIndex - 2, "nothing comes back");
  assert.equal(fixture.driver.compact(), appliedIndex);
});

test("a membership change is answered when the final configuration is committed", () => {
  const fixture = startLeader();
  const kinds: string[] = [];
  const wish = {
    voters: [keyOf(1)],
    learners: [keyOf(2)],
    members: [memberWith(1), memberWith(2)],
  };
  fixture.driver.changeMembership(wish, NEVER_MS, (outcome) => kinds.push(outcome.kind));
  fixture.driver.changeMembership(wish, NEVER_MS, (outcome) => kinds.push(outcome.kind));
  fixture.settle();
  assert.deepEqual(kinds, ["change-in-progress", "changed"]);
});

test("a stopped driver answers everything that waits", () => {
  const fixture = startLeader();
  const outcomes = propose(fixture, "a");
  const reads: ReadOutcome[] = [];
  fixture.driver.read(NEVER_MS, (outcome) => reads.push(outcome));
  fixture.driver.stop();
  assert.deepEqual(outcomes, [{ kind: "unknown" }]);
  assert.deepEqual(reads, [{ kind: "stopped" }]);
});

function heartbeat(from: number, term: number) {
  const heads = { from: keyOf(from), to: keyOf(1), term };
  return { kind: "heartbeat", ...heads, commit: 0, readRound: 0 } as const;
}
