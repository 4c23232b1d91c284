import assert from "node:assert/strict";
import { test } from "node:test";
import { createDriver, type DriverFixture } from "./driver-fixture.ts";

const NEVER_MS = 1e9;

function propose({ driver }: DriverFixture, deadlineMs = NEVER_MS): void {
  driver.propose(new Uint8Array([97]), deadlineMs, () => {});
}

test("proposals and reads are counted by how they end, and while they wait", () => {
  const fixture = createDriver({ voters: [1] });
  propose(fixture);
  fixture.wait(2_000);
  for (let i = 0; i < 3; i++) propose(fixture);
  fixture.driver.read(NEVER_MS, () => {});
  assert.equal(fixture.driver.counts().proposalsWaiting, 3);
  assert.equal(fixture.driver.counts().readsWaiting, 1);
  fixture.settle();
  const before = fixture.driver.counts();
  propose(fixture);
  fixture.driver.stop();
  assert.equal(before.proposals.unknown, 0, "a count is of its moment");
  const counts = fixture.driver.counts();
  assert.equal(counts.proposals["not-leader"], 1);
  assert.equal(counts.proposals.applied, 3);
  assert.equal(counts.proposals.unknown, 1);
  assert.equal(counts.reads.ready, 1);
  assert.equal(counts.proposalsWaiting + counts.readsWaiting, 0);
});

test("campaigns, changes of the leader and messages are counted", () => {
  const alone = createDriver({ voters: [1] });
  alone.wait(2_000);
  assert.equal(alone.driver.counts().leaderChanges, 1);
  const cut = createDriver({ voters: [1, 2, 3] });
  cut.wait(20_000);
  const { campaigns, leaderChanges, messagesSent } = cut.driver.counts();
  assert.equal(leaderChanges, 0);
  assert.equal(campaigns, 1, "it goes on asking");
  assert.equal(messagesSent, cut.sent.length);
});

test("a full inbox counts what it drops", () => {
  const fixture = createDriver({ voters: [1, 2], config: { inboxMax: 2 } });
  fixture.wait(2_000);
  const [message] = fixture.sent;
  assert.ok(message !== undefined);
  const echo = { ...message, from: message.to, to: message.from };
  fixture.driver.receive([echo, echo, echo]);
  const { messagesDropped, messagesReceived } = fixture.driver.counts();
  assert.deepEqual([messagesReceived, messagesDropped], [3, 1]);
});

test("a leader says how long each batch took to be committed, once per batch", () => {
  const fixture = createDriver({ voters: [1] });
  fixture.wait(2_000);
  fixture.commits.length = 0;
  for (let i = 0; i < 10; i++) propose(fixture);
  fixture.turn();
  assert.deepEqual(fixture.commits, []);
  fixture.nowMs += 7;
  fixture.settle();
  assert.deepEqual(fixture.commits, [7]);
});
