import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DurableMemory } from "./durable-memory.ts";
import {
  CONCURRENTLY,
  FAST_RAFT,
  failureOf,
  followersOf,
  formCluster,
  get,
  isReady,
  labelsOf,
  leaderOf,
  put,
  saysWhy,
  type TestNode,
  until,
  withNodes,
} from "./test-cluster.ts";

const COMPACTING = { ...FAST_RAFT, compactionEntries: 20, compactionKeepEntries: 5 };

function hasVoters(node: TestNode, labels: readonly number[]): Promise<void> {
  return until(
    () => labelsOf(node, "voter").join() === labels.join(),
    () => `voters ${labels.join()}, they are ${labelsOf(node, "voter").join()}`,
  );
}

describe("joining an existing cluster", CONCURRENTLY, () => {
  it("N11: a second node stays a learner until a third comes, then both vote", async () => {
    await withNodes(3, async ([first, second, third]) => {
      await first.start({ bootstrap: true });
      await isReady(first);
      await put(first, "a", "1");
      await second.start({ join: [first.address] });
      await isReady(second);
      assert.equal(second.service.status().role, "learner");
      assert.deepEqual(labelsOf(first, "voter"), [1]);
      assert.equal(await get(second, "a"), "1");
      await third.start({ join: [second.address] });
      await hasVoters(first, [1, 2, 3]);
      await Promise.all([first, second, third].map(isReady));
    });
  });

  it("N20: a learner that is restarted goes on to become a voter", async () => {
    await withNodes(3, async ([first, second, third]) => {
      await first.start({ bootstrap: true });
      await isReady(first);
      await second.start({ join: [first.address] });
      await isReady(second);
      await second.stop();
      await second.start();
      await third.start({ join: [first.address] });
      await hasVoters(first, [1, 2, 3]);
    });
  });
});

describe("a label under a new key", CONCURRENTLY, () => {
  it("N9, N10: a wiped voter comes back as a learner, then takes its old place", async () => {
    await withNodes(3, async (nodes) => {
      await formCluster(nodes, { raft: COMPACTING });
      await put(nodes[0], "a", "1");
      for (let number = 0; number < 60; number++) await put(nodes[0], "b", String(number));
      const { compactedIndex } = (await leaderOf(nodes)).service.status();
      assert.ok(compactedIndex > 30, "the start of the log is gone: it needs a snapshot");
      const [wiped, other] = (await followersOf(nodes)) as [TestNode, TestNode];
      const oldKey = wiped.disk.identity.memberKey;
      await wiped.stop();
      wiped.wipe();
      await wiped.start({ join: nodes.map((node) => node.address) });
      const newKey = wiped.disk.identity.memberKey;
      await saysWhy(wiped, new RegExp(`label ${wiped.label} belongs to`));
      await until(
        () => other.service.status().configuration.removed.includes(oldKey),
        () => "the old key was removed",
      );
      const { configuration } = other.service.status();
      assert.ok(configuration.voters.includes(newKey) && configuration.voters.length === 3);
      await isReady(wiped);
      assert.equal(await get(wiped, "a", "local"), "1");
      assert.equal(await get(wiped, "b"), "59");
    });
  });

  it("N9: while the label's holder lives, a second process under it is refused", async () => {
    await withNodes(4, async (nodes) => {
      const voters = nodes.slice(0, 3);
      const second = nodes[3];
      await formCluster(voters);
      const held = (await followersOf(voters))[0] as TestNode;
      second.disk = DurableMemory.create(held.label);
      await second.start({ join: voters.map((node) => node.address), label: held.label });
      const end = await second.node.ended;
      assert.equal(end.kind, "refused");
      assert.match(end.kind === "refused" ? end.error.message : "", /in use by the live node/);
      await saysWhy(second, new RegExp(`label ${held.label} is in use by the live node`));
      await put(held, "a", "1");
      assert.deepEqual(labelsOf(held, "voter"), [1, 2, 3]);
    });
  });

  it("with two of three down, one of them wiped, nothing is decided until the other is back", async () => {
    await withNodes(3, async ([first, second, third]) => {
      const join = [first, second, third].map((node) => node.address);
      await formCluster([first, second, third]);
      await third.stop();
      await put(first, "a", "1");
      await Promise.all([first.stop(), second.stop()]);
      second.wipe();
      await Promise.all([second.start({ join }), third.start({ join })]);
      await saysWhy(third, /no leader is known/);
      await saysWhy(second, /it has no leader/);
      assert.equal((await failureOf(put(third, "b", "2", 300))).error.code, "no_leader");
      await first.start({ join });
      await isReady(third);
      assert.equal(await get(third, "a"), "1");
      await isReady(second);
      await until(
        () => second.service.status().role !== "learner",
        () => "the wiped node votes again",
      );
      assert.equal(await get(second, "a"), "1");
    });
  });
});

describe("a disk that went back in time", CONCURRENTLY, () => {
  for (const starts of ["fewer", "as many"]) {
    it(`N23: is refused, started ${starts} times as before`, async () => {
      await withNodes(3, async (nodes) => {
        await formCluster(nodes);
        const restored = (await followersOf(nodes))[0] as TestNode;
        const leader = await leaderOf(nodes);
        const key = restored.disk.identity.memberKey;
        await restored.stop();
        const backup = restored.disk.copy();
        await restored.start();
        for (let number = 0; number < 5; number++) await put(leader, "a", String(number));
        const { lastLogIndex } = leader.service.status();
        await until(
          () =>
            leader.service
              .status()
              .peers.some(
                ({ member, matchIndex }) => member.key === key && matchIndex === lastLogIndex,
              ),
          () => "everything is acknowledged",
        );
        await restored.stop();
        restored.disk = backup;
        if (starts === "as many") backup.open();
        await restored.start();
        const end = await restored.node.ended;
        assert.equal(end.kind, "refused");
        const message = end.kind === "refused" ? end.error.message : "";
        assert.match(message, /a clone or was restored|restored from a copy/);
      });
    });
  }
});

describe("a removed key", CONCURRENTLY, () => {
  it("N8: is never taken in again", async () => {
    await withNodes(3, async (nodes) => {
      await formCluster(nodes);
      const leader = await leaderOf(nodes);
      const removed = (await followersOf(nodes))[0] as TestNode;
      const rest = nodes.filter((node) => node !== removed);
      await leader.service.changeMembership({ voters: rest.map((node) => node.label) });
      const { key, label } = removed.service.status();
      const reply = await leader.node.askToJoin({
        cluster: String(leader.service.status().cluster),
        member: { key, label, rpcAddress: removed.address, apiAddress: removed.address },
        startCounter: 9,
        lastIndex: 9_999,
        nominated: false,
      });
      assert.equal(reply.kind, "refused");
      assert.match(reply.kind === "refused" ? reply.message : "", /was removed from the cluster/);
    });
  });
});

describe("addresses and operators", CONCURRENTLY, () => {
  it("N7: a known key that comes back at another address is recorded there", async () => {
    await withNodes(4, async (nodes) => {
      const voters = nodes.slice(0, 3);
      const elsewhere = nodes[3];
      await formCluster(voters);
      const moved = (await followersOf(voters))[0] as TestNode;
      await moved.stop();
      elsewhere.disk = moved.disk;
      await elsewhere.start({ label: moved.label });
      const leader = await leaderOf(voters.filter((node) => node !== moved));
      await until(
        () =>
          leader.service
            .status()
            .configuration.members.some(({ rpcAddress }) => rpcAddress === elsewhere.address),
        () => "the new address is in the configuration",
      );
      await isReady(elsewhere);
      assert.deepEqual(labelsOf(leader, "voter"), [1, 2, 3]);
      await put(elsewhere, "a", "1");
    });
  });

  it("N12, N13: learners are added and voters changed by label, on any member", async () => {
    await withNodes(3, async ([first, second, third]) => {
      await Promise.all([first.start(), second.start(), third.start()]);
      await first.service.initialize();
      await isReady(first);
      const { service } = first;
      await service.addLearner({ label: 2, address: second.address });
      await service.write({ kind: "set-node", label: 3, address: third.address });
      await service.addLearner({ label: 3 });
      assert.deepEqual(labelsOf(first, "learner"), [2, 3]);
      const unknown = await failureOf(service.changeMembership({ voters: [1, 2, 7] }));
      assert.equal(unknown.error.code, "invalid_argument");
      assert.match(unknown.error.message, /label 7 is unknown, allowed are 1, 2, 3/);
      await until(
        () => second.service.status().leader !== undefined,
        () => "node 2 knows the leader",
      );
      const { configuration } = await second.service.changeMembership({ voters: [1, 2, 3] });
      assert.equal(configuration.voters.length, 3);
      const wrong = await failureOf(service.addLearner({ label: 9, address: second.address }));
      assert.match(wrong.error.message, /is node 2, not node 9/);
      assert.equal(wrong.error.outcome, "not_applied");
      const silent = await failureOf(service.addLearner({ label: 9, address: "127.0.0.1:1" }));
      assert.match(silent.error.message, /^node 9 was not added: /);
      assert.equal(silent.error.code, "conflict");
      assert.equal(silent.error.outcome, "not_applied");
      await service.transferLeadership(3);
      await until(
        () => third.service.status().role === "leader",
        () => "node 3 leads",
      );
      await first.service.changeMembership({ voters: [2, 3], retainDropped: true });
      assert.deepEqual(labelsOf(third, "learner"), [1]);
    });
  });

  it("N13: a node of another cluster is not taken in", async () => {
    await withNodes(2, async ([first, second]) => {
      await Promise.all([first.start({ bootstrap: true }), second.start({ bootstrap: true })]);
      await Promise.all([isReady(first), isReady(second)]);
      const { error } = await failureOf(
        first.service.addLearner({ label: 2, address: second.address }),
      );
      assert.equal(error.code, "wrong_cluster");
    });
  });
});

describe("what an operator promotes", CONCURRENTLY, () => {
  it("N40: a learner that does not answer is not made a voter", async () => {
    await withNodes(2, async ([first, second]) => {
      await Promise.all([first.start({ bootstrap: true }), second.start()]);
      await isReady(first);
      await first.service.addLearner({ label: 2, address: second.address });
      await second.stop();
      await until(
        () =>
          first.service.status().peers.some(({ lastContactMs }) => (lastContactMs ?? 0) > 2_000),
        () => "node 2 is missed",
      );
      const { error } = await failureOf(first.service.changeMembership({ voters: [1, 2] }));
      assert.deepEqual([error.code, error.outcome], ["conflict", "not_applied"]);
      assert.deepEqual(labelsOf(first, "voter"), [1]);
      await put(first, "a", "still works alone");
    });
  });
});

describe("what an operator removes", CONCURRENTLY, () => {
  it("N28: what an operator removes stays out, the leader itself too, and its label is paused", async () => {
    await withNodes(3, async (nodes) => {
      await formCluster(nodes);
      const leader = await leaderOf(nodes);
      const [follower, other] = (await followersOf(nodes)) as [TestNode, TestNode];
      const wrong = await failureOf(follower.service.removeMember({ label: 9 }));
      assert.match(wrong.error.message, /label 9 is unknown, allowed are 1, 2, 3/);
      await other.service.removeMember({ label: leader.label });
      const rest = [follower, other].map(({ label }) => label).sort((a, b) => a - b);
      await hasVoters(other, rest);
      await saysWhy(leader, /removed from the cluster; its key never returns/);
      const next = await leaderOf([follower, other]);
      assert.deepEqual(next.service.membership().policy, {
        automatic: false,
        paused: [leader.label],
      });
      const policy = await follower.service.setMembershipPolicy({
        automatic: true,
        readmit: [leader.label],
      });
      assert.deepEqual(policy, { automatic: true, paused: [] });
      const { error } = await failureOf(next.service.removeMember({ label: 9 }));
      assert.equal(error.code, "invalid_argument");
    });
  });

  it("N28: the last voter is not removed", async () => {
    await withNodes(1, async ([only]) => {
      await only.start({ bootstrap: true });
      await isReady(only);
      const { error } = await failureOf(only.service.removeMember({ label: 1 }));
      assert.match(error.message, /node 1 is the only voter/);
    });
  });
});
