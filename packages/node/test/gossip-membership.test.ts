/** Membership by gossip with whole nodes: real gossip and gRPC on 127.0.0.1. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { writeIntention } from "../src/bootstrap/intention.ts";
import type { NodeOptions } from "../src/node-options.ts";
import {
  CONCURRENTLY,
  failureOf,
  followersOf,
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

const DEAD_AFTER_MS = 1_200;

function startWith(
  node: TestNode,
  seeds: readonly TestNode[],
  options: Partial<NodeOptions> = {},
): Promise<void> {
  return node.start({
    gossip: {
      listenAddress: "127.0.0.1:0",
      intervalMs: 50,
      seeds: seeds.map((seed) => String(seed.node.gossip?.self.gossip_advertise_addr)),
    },
    gossipLookMs: 300,
    deadVoterAfterMs: DEAD_AFTER_MS,
    ...options,
  });
}

/** One that makes a cluster, and others that know only its gossip. */
async function growFrom(
  first: TestNode,
  others: readonly TestNode[],
  options: Partial<NodeOptions> = {},
): Promise<void> {
  await startWith(first, [], { bootstrap: true, ...options });
  await Promise.all(others.map((other) => startWith(other, [first], options)));
}

function haveVoters(nodes: readonly TestNode[], labels: readonly number[]): Promise<void> {
  const voters = (): string => nodes.map((node) => labelsOf(node, "voter").join()).join(" | ");
  return until(
    () => voters() === nodes.map(() => labels.join()).join(" | "),
    () => `voters are ${labels}, they are ${voters()}`,
  );
}

function isLearner(node: TestNode, of: TestNode): Promise<void> {
  return until(
    () => labelsOf(of, "learner").includes(node.label),
    () => `node ${node.label} is a learner`,
  );
}

/** Of all who led meanwhile. */
function decisionsOf(nodes: readonly TestNode[]): string {
  const decisions = nodes.flatMap((node) => node.service.membership().decisions);
  return decisions.map(({ decision, reason }) => `${decision}: ${reason}`).join("\n");
}

describe("a cluster that grows by gossip", CONCURRENTLY, () => {
  it("N30, N31: one that bootstraps and two that know its gossip become three voters", async () => {
    await withNodes(3, async (nodes) => {
      const [first, second, third] = nodes;
      await growFrom(first, [second]);
      await isReady(first);
      await isLearner(second, first);
      await isReady(second);
      const told = await second.service.explain();
      assert.match(told.leader.join(), /node 1 at .* leads in term/);
      assert.match(told.voters.join(), /node 2 is a learner/);
      assert.match(told.departure.join(), /node 2 is a learner: .* would go on/);
      assert.match((await first.service.explain()).departure.join(), /is the only voter/);
      await startWith(third, [first]);
      await haveVoters(nodes, [1, 2, 3]);
      await Promise.all(nodes.map(isReady));
      await put(third, "a", "1");
      assert.equal(await get(second, "a"), "1");
      assert.deepEqual(first.service.membership().policy, { automatic: true, paused: [] });
      const decisions = decisionsOf(nodes);
      assert.match(decisions, /node 2 .* becomes a learner: gossip has nominated it/);
      assert.match(decisions, /nodes 2 and 3 become voters, 3 in all/, "N35");
    });
  });

  it("N29: nodes that expect each other make one cluster, and a further one joins it", async () => {
    await withNodes(4, async (nodes) => {
      const [first, ...others] = nodes;
      const options = { bootstrapExpect: 3 };
      await startWith(first, [], options);
      await saysWhy(first, /1 of the 3 expected nodes are here: 1$/);
      await Promise.all(others.map((other) => startWith(other, [first], options)));
      await Promise.all(nodes.map(isReady));
      assert.equal(new Set(nodes.map((node) => node.service.status().cluster)).size, 1);
      const leader = await leaderOf(nodes);
      assert.equal(labelsOf(leader, "voter").length, 3);
      assert.equal(labelsOf(leader, "learner").length, 1);
      assert.equal(leader.service.membership().policy.automatic, true);
    });
  });

  it("N30: a promise to itself that a crash left behind creates no second cluster", async () => {
    await withNodes(2, async ([first, second]) => {
      await startWith(first, [], { bootstrap: true });
      await isReady(first);
      const disk = second.disk.open();
      const { memberKey: key, label } = disk.identity.current;
      const self = { key, label, rpcAddress: second.address, apiAddress: second.address };
      const promise = { asker: key, cluster: "e".repeat(32), members: [self] };
      await writeIntention(disk.identity, { kind: "promise", promise, automatic: true });
      const seeds = [String(first.node.gossip?.self.gossip_advertise_addr)];
      const gossip = { listenAddress: "127.0.0.1:0", intervalMs: 50, seeds };
      await second.start({ bootstrap: true, gossip, gossipLookMs: 10_000 }, disk);
      await isReady(second);
      assert.equal(second.service.status().cluster, first.service.status().cluster);
    });
  });

  it("N18: a node that sees two clusters in one gossip joins neither and says so", async () => {
    await withNodes(3, async ([first, second, third]) => {
      // Both begin before they can know of each other.
      await startWith(first, [], { bootstrap: true, gossipLookMs: 0 });
      await isReady(first);
      await startWith(second, [], { bootstrap: true, gossipLookMs: 0 });
      await isReady(second);
      await second.stop();
      await startWith(second, [first]);
      await until(
        () => first.node.gossip?.members().filter(({ cluster }) => cluster).length === 2,
        () => "gossip shows two clusters",
      );
      // Long enough to hear of both before either is known to live.
      await startWith(third, [first], { bootstrap: true, gossipLookMs: 5_000 });
      await saysWhy(third, /two clusters are in sight/);
      assert.equal(third.service.status().cluster, undefined);
    });
  });
});

describe("the policy", CONCURRENTLY, () => {
  it("N36: where membership is not automatic, a nominee waits until an operator adds it or says that it is", async () => {
    await withNodes(3, async ([first, second, third]) => {
      await startWith(first, []);
      await first.service.initialize();
      await isReady(first);
      await startWith(second, [first]);
      await saysWhy(second, /automatic membership is off .* add it with caucus cluster add 2$/);
      const { nominees } = first.service.membership();
      assert.deepEqual(
        nominees.map(({ label, waitsFor }) => [label, /is off/.test(waitsFor)]),
        [[2, true]],
      );
      assert.match((await first.service.explain()).voters.join(), /node 2 at .* is no member: /);
      await first.service.addLearner({ label: 2 });
      await isReady(second);
      assert.match(
        (await first.service.explain()).voters.join(),
        /node 2 is a learner: an operator/,
      );
      await startWith(third, [first]);
      await saysWhy(third, /add it with caucus cluster add 3$/);
      await second.service.setMembershipPolicy({ automatic: true });
      await isReady(third);
      assert.deepEqual(labelsOf(first, "learner"), [2, 3], "what an operator added stays as it is");
    });
  });

  it("N28: a removed node stays out under a new key as well, until its label is readmitted", async () => {
    await withNodes(3, async (nodes) => {
      const [first, second, third] = nodes;
      await growFrom(first, [second, third]);
      await haveVoters(nodes, [1, 2, 3]);
      await first.service.removeMember({ label: 3 });
      await saysWhy(third, /removed from the cluster/);
      await third.stop();
      third.wipe();
      await startWith(third, [first]);
      await saysWhy(third, /an operator keeps label 3 out; add it with caucus cluster add 3/);
      await haveVoters([first, second], [1, 2]);
      await second.service.setMembershipPolicy({ readmit: [3] });
      await haveVoters(nodes, [1, 2, 3]);
    });
  });
});

describe("a voter that is dead for long", CONCURRENTLY, () => {
  it("N33: is replaced by a spare under another label, and nothing is lost", async () => {
    await withNodes(4, async (nodes) => {
      const [first, second, third, spare] = nodes;
      await growFrom(first, [second, third]);
      await haveVoters([first, second, third], [1, 2, 3]);
      await put(first, "a", "1");
      const dead = (await followersOf([first, second, third]))[0] as TestNode;
      const living = [first, second, third].filter((node) => node !== dead);
      await dead.stop();
      await startWith(spare, living);
      const voters = [...living, spare].map(({ label }) => label);
      await haveVoters([...living, spare], voters);
      assert.equal(await get(spare, "a"), "1");
      assert.match(decisionsOf([...living, spare]), /neither gossip nor Raft has heard of node/);
    });
  });

  it("N9, N10: comes back with an empty disk under its own label, by gossip alone", async () => {
    await withNodes(3, async (nodes) => {
      const [first, second, third] = nodes;
      await growFrom(first, [second, third], { deadVoterAfterMs: 300_000 });
      await haveVoters(nodes, [1, 2, 3]);
      await put(first, "a", "1");
      const wiped = (await followersOf(nodes))[0] as TestNode;
      const others = nodes.filter((node) => node !== wiped);
      const oldKey = wiped.disk.identity.memberKey;
      await wiped.stop();
      wiped.wipe();
      await startWith(wiped, others);
      await until(
        () => others.every((node) => node.service.status().configuration.removed.includes(oldKey)),
        () => "the old key is gone",
      );
      await haveVoters(nodes, [1, 2, 3]);
      assert.equal(await get(wiped, "a"), "1");
      assert.match(decisionsOf(nodes), /takes the place of .*: label . has a new key/);
    });
  });

  it("N34: a minority changes nothing, however long the others are dead", async () => {
    await withNodes(4, async (nodes) => {
      const [first, second, third, spare] = nodes;
      await growFrom(first, [second, third]);
      await haveVoters([first, second, third], [1, 2, 3]);
      await startWith(spare, [first]);
      const leader = await leaderOf([first, second, third]);
      await isLearner(spare, leader);
      await isReady(spare);
      const { configurationIndex } = leader.service.status();
      const others = await followersOf([first, second, third]);
      await Promise.all(others.map((other) => other.stop()));
      await saysWhy(leader, /no leader is known/);
      const failed = await failureOf(put(leader, "a", "1", 2 * DEAD_AFTER_MS));
      assert.equal(failed.error.outcome, "not_applied");
      const told = await leader.service.explain();
      assert.match(
        told.leader.join(),
        /no leader is known .* needs the votes of 2 of the 3 voters/,
      );
      await Promise.all(others.map((other) => startWith(other, [leader])));
      await leaderOf([first, second, third]);
      await put(spare, "a", "2");
      assert.equal(leader.service.status().configurationIndex, configurationIndex);
    });
  });
});
