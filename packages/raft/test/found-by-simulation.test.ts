/** Mistakes that the simulator has found in the core, told again in small. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY_CONFIGURATION, isJoint } from "../src/core/configuration.ts";
import { CoreCluster, keyOf, memberWith } from "../testing/core-cluster.ts";
import { CLUSTER, createDriver } from "./driver-fixture.ts";

test("R2: a snapshot is acknowledged only when its install is durable", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  const label = leader === 1 ? 2 : 1;
  const follower = cluster.node(label);
  const { term, lastIndex } = follower.raft.view();
  follower.holdDisk = true;
  const isWanted = follower.raft.snapshotReceived({
    kind: "snapshot",
    from: keyOf(leader),
    to: keyOf(label),
    term,
    meta: {
      index: lastIndex + 10,
      term,
      configuration: EMPTY_CONFIGURATION,
      configurationIndex: 1,
    },
  });
  assert.ok(isWanted);
  cluster.inFlight = [];
  cluster.work(follower);
  assert.equal(cluster.inFlight.length, 0, "nothing leaves while the disk is busy");
  cluster.flush(follower);
  assert.deepEqual(
    cluster.inFlight.map(
      (message) => message.kind === "append-reply" && !message.rejected && message.matchIndex,
    ),
    [lastIndex + 10],
  );
});

test("R17: a voter whose removal is not committed may be the only one that can win", () => {
  const cluster = new CoreCluster({ voters: 2 });
  const leader = cluster.elect();
  const other = leader === 1 ? 2 : 1;
  const begun = cluster.raft(leader).changeMembership({
    voters: [keyOf(other)],
    learners: [],
    members: [memberWith(other)],
  });
  assert.equal(begun.kind, "appended");
  const jointIndex = cluster.raft(leader).view().lastIndex;
  // The final configuration stays on the leader, which then loses its term.
  cluster.isLost = (message) =>
    message.kind === "append" && message.entries.some((entry) => entry.index > jointIndex);
  cluster.run(100);
  assert.ok(!isJoint(cluster.raft(leader).view().configuration.configuration));
  assert.ok(isJoint(cluster.raft(other).view().configuration.configuration));
  cluster.isolate([leader]);
  cluster.run(cluster.config.electionTimeoutMs * 3);
  assert.equal(cluster.leaderLabel(), undefined);
  cluster.heal();
  cluster.run(cluster.config.electionTimeoutMs * 6);
  const { configuration, commitIndex } = cluster.raft(other).view();
  assert.deepEqual(configuration.configuration.voters, [keyOf(other)]);
  assert.ok(!isJoint(configuration.configuration));
  assert.ok(commitIndex >= configuration.index);
  assert.equal(cluster.leaderLabel(), other);
});

test("R7: a snapshot of what is committed already is refused, and answered", () => {
  const fixture = createDriver({});
  const meta = { index: 10, term: 3, configuration: EMPTY_CONFIGURATION, configurationIndex: 1 };
  const header = { cluster: CLUSTER, from: keyOf(2), to: keyOf(1), term: 3, meta };
  assert.notEqual(fixture.driver.receiveSnapshot(header), undefined);
  fixture.driver.snapshotReceived(header, { meta, generation: undefined, discard() {} });
  fixture.log.flush();
  fixture.turn();
  fixture.sent.length = 0;
  // A leader that was elected since does not know what this node has.
  const next = { ...header, term: 4 };
  assert.equal(fixture.driver.receiveSnapshot(next), undefined);
  fixture.turn();
  fixture.log.flush();
  fixture.turn();
  const replies = fixture.sent.filter((message) => message.kind === "append-reply");
  assert.deepEqual(
    replies.map((reply) => [reply.term, !reply.rejected && reply.matchIndex]),
    [[4, 10]],
  );
});
