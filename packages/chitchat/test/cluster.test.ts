// Whole nodes in virtual time: what they learn, notice and forget.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Chitchat, MembershipEvent } from "../src/driver/chitchat.ts";
import { VirtualCluster } from "../testing/virtual-cluster.ts";

const FAST = { gossipIntervalMs: 300, deadNodeGraceMs: 20_000, markedForDeletionGraceMs: 5_000 };

function names(ids: readonly { readonly nodeId: string }[]): string[] {
  return ids.map(({ nodeId }) => nodeId).sort();
}

function valueAt(node: Chitchat, owner: string, key: string): string | undefined {
  return node
    .nodeStates()
    .find(({ id, hasLeft }) => id.nodeId === owner && !hasLeft)
    ?.get(key);
}

/** A cluster in which everybody counts everybody as live. */
async function converged(count: number, seed: number): Promise<VirtualCluster> {
  const cluster = new VirtualCluster(seed, FAST);
  await cluster.startAll(count);
  const isLive = (): boolean => cluster.nodes.every((node) => node.liveNodes().length === count);
  assert.notEqual(cluster.time.runUntil(isLive, 20_000), undefined);
  return cluster;
}

test("ten nodes that know one seed find each other and call nobody dead", async () => {
  const cluster = await converged(10, 1);
  for (const node of cluster.nodes) {
    assert.equal(node.liveNodes()[0], node.id);
    assert.deepEqual(node.deadNodes(), []);
    assert.equal(node.nodeStates().length, 10);
  }
  await cluster.close();
});

test("a value set on one node is on all of them within a few rounds", async () => {
  const cluster = await converged(10, 2);
  cluster.nodes[3]?.set("color", "green");
  const tookMs = cluster.time.runUntil(
    () => cluster.nodes.every((node) => valueAt(node, "node-10004", "color") === "green"),
    10_000,
  );
  assert.ok(tookMs !== undefined && tookMs <= 1_500, `${tookMs} ms`);
  await cluster.close();
});

test("G4: a deleted key disappears everywhere and stays away when its tombstone is gone", async () => {
  const cluster = await converged(5, 3);
  const [first] = cluster.nodes as [Chitchat];
  first.set("gone", "1");
  first.set("temporary", "2");
  cluster.time.runFor(3_000);
  assert.equal(first.delete("gone"), true);
  assert.equal(first.deleteAfterTtl("temporary"), true);
  assert.equal(first.delete("never-there"), false);
  assert.equal(first.get("gone"), undefined);
  assert.equal(first.get("temporary"), "2");
  cluster.time.runFor(3_000);
  for (const node of cluster.nodes) {
    assert.equal(valueAt(node, "node-10001", "gone"), undefined);
    assert.equal(valueAt(node, "node-10001", "temporary"), "2");
  }
  cluster.time.runFor(6_000);
  for (const node of cluster.nodes) {
    const state = node.nodeStates().find(({ id }) => id.nodeId === "node-10001");
    assert.deepEqual([...(state?.entries() ?? [])], []);
    assert.equal(state?.lastGcVersion, 4n);
  }
  await cluster.close();
});

test("a node without deletions seen is brought up to date by a reset", async () => {
  const cluster = await converged(3, 4);
  const [first, , third] = cluster.nodes as [Chitchat, Chitchat, Chitchat];
  first.set("old", "1");
  cluster.time.runFor(2_000);
  const events: string[] = [];
  third.subscribeMembership((event) => events.push(event.kind));
  cluster.network.partition([third.listenAddress]);
  first.delete("old");
  first.set("new", "2");
  first.set("doomed", "3");
  first.delete("doomed");
  cluster.time.runFor(8_000);
  assert.equal(valueAt(third, "node-10001", "old"), "1");
  cluster.network.heal();
  cluster.time.runFor(3_000);
  assert.equal(valueAt(third, "node-10001", "old"), undefined);
  assert.equal(valueAt(third, "node-10001", "new"), "2");
  assert.ok(events.includes("node-reset"), events.join(" "));
  await cluster.close();
});

test("G5: a silent node is dead to the others, then forgotten, and a restart is another life", async () => {
  const cluster = await converged(5, 5);
  cluster.time.runFor(30_000);
  const [first, victim] = cluster.nodes as [Chitchat, Chitchat];
  const events: MembershipEvent[] = [];
  first.subscribeMembership((event) => events.push(event));
  await victim.close();
  const others = cluster.nodes.filter((node) => node !== victim);
  const isSeen = (): boolean => others.every((node) => node.deadNodes().length === 1);
  const deathMs = cluster.time.runUntil(isSeen, 10_000);
  assert.ok(deathMs !== undefined && deathMs < 5_000, `${deathMs} ms`);

  await cluster.start(1, { generationId: 2n });
  const isBack = (): boolean => others.every((node) => node.liveNodes().length === 5);
  assert.notEqual(cluster.time.runUntil(isBack, 10_000), undefined);
  assert.equal(first.nodeStates().length, 6);

  cluster.time.runFor(FAST.deadNodeGraceMs + 1_000);
  assert.equal(first.nodeStates().length, 5);
  assert.deepEqual(
    events.map(({ kind, id }) => `${kind} ${id.nodeId} ${id.generationId}`),
    ["node-down node-10002 1", "node-up node-10002 2", "node-forgotten node-10002 1"],
  );
  await cluster.close();
});

test("G6: a graceful stop is seen at once, and no echo brings the node back", async () => {
  const cluster = await converged(10, 6);
  const [first, leaver] = cluster.nodes as [Chitchat, Chitchat];
  const events: MembershipEvent[] = [];
  first.subscribeMembership((event) => events.push(event));
  const leaving = leaver.leave();
  cluster.time.runFor(50);
  await cluster.during(leaving);
  const others = cluster.nodes.filter((node) => node !== leaver);
  for (const node of others) assert.equal(names(node.liveNodes()).includes("node-10002"), false);
  assert.deepEqual(
    events.map((event) => [event.kind, "hasLeft" in event && event.hasLeft]),
    [["node-down", true]],
  );
  cluster.time.runFor(5_000);
  for (const node of others) assert.equal(node.liveNodes().length, 9);
  await cluster.start(1, { generationId: 2n });
  const isBack = (): boolean => others.every((node) => node.liveNodes().length === 10);
  assert.notEqual(cluster.time.runUntil(isBack, 10_000), undefined);
  await cluster.close();
});

test("G7: a restart under the same id goes on under a higher generation, with its own keys only", async () => {
  const cluster = await converged(4, 7);
  const [first, victim] = cluster.nodes as [Chitchat, Chitchat];
  for (let round = 0; round < 20; round++) victim.set("count", String(round));
  victim.set("old", "life");
  cluster.time.runFor(3_000);
  await victim.close();
  const again = await cluster.start(1, { keyValues: { count: "new" } });
  const raised: MembershipEvent[] = [];
  again.subscribeMembership((event) => raised.push(event));
  const isBack = (): boolean =>
    [...cluster.nodes].every((node) =>
      node.liveNodes().some(({ generationId }) => generationId === 2n),
    );
  assert.notEqual(cluster.time.runUntil(isBack, 10_000), undefined);
  assert.equal(again.id.generationId, 2n);
  assert.equal(raised.filter(({ kind }) => kind === "generation-raised").length, 1);
  cluster.time.runFor(3_000);
  assert.equal(again.get("old"), undefined);
  const states = first.nodeStates().filter(({ id }) => id.nodeId === "node-10002");
  assert.deepEqual(
    states.map((state) => [state.id.generationId, state.get("count"), state.get("old")]),
    [
      [1n, "19", "life"],
      [2n, "new", undefined],
    ],
  );
  await cluster.close();
});

test("nodes of another cluster are answered, but not taken in", async () => {
  const cluster = await converged(2, 8);
  const stranger = await cluster.start(2, { clusterId: "another" });
  cluster.time.runFor(5_000);
  assert.equal(stranger.nodeStates().length, 1);
  assert.equal(cluster.nodes[0]?.nodeStates().length, 2);
  assert.ok(stranger.stats().wrongCluster > 0);
  await cluster.close();
});

test("with half of all datagrams lost, and some doubled and late, everybody is still found", async () => {
  const cluster = new VirtualCluster(9, FAST);
  cluster.network.setFaults({ lossRate: 0.5, duplicateRate: 0.1, delayMinMs: 0, delayMaxMs: 400 });
  await cluster.startAll(10);
  const isLive = (): boolean => cluster.nodes.every((node) => node.liveNodes().length === 10);
  assert.notEqual(cluster.time.runUntil(isLive, 20_000), undefined);
  await cluster.close();
});

test("two halves of a partition call each other dead, and are one cluster again after it", async () => {
  const cluster = await converged(6, 10);
  cluster.time.runFor(20_000);
  const half = cluster.nodes.slice(0, 3).map(({ listenAddress }) => listenAddress);
  cluster.network.partition(half);
  const isSplit = (): boolean => cluster.nodes.every((node) => node.liveNodes().length === 3);
  assert.notEqual(cluster.time.runUntil(isSplit, 10_000), undefined);
  cluster.network.heal();
  const isOne = (): boolean => cluster.nodes.every((node) => node.liveNodes().length === 6);
  assert.notEqual(cluster.time.runUntil(isOne, 20_000), undefined);
  await cluster.close();
});

test("listeners hear of own and foreign values, keys without the prefix, and stop when told", async () => {
  const cluster = await converged(3, 11);
  const [first, second] = cluster.nodes as [Chitchat, Chitchat];
  const heard: string[] = [];
  const stop = first.subscribe("service/", ({ key, value, id }) => {
    heard.push(`${id.nodeId} ${key}=${value}`);
  });
  first.subscribe("service/", () => {
    throw new Error("a listener's own trouble");
  });
  first.subscribe("", ({ key }) => heard.push(`all ${key}`));
  second.set("service/a", "1");
  second.set("other", "2");
  first.set("service/b", "3");
  first.set("service/b", "3");
  cluster.time.runFor(3_000);
  assert.deepEqual(heard, [
    "all service/b",
    "node-10001 b=3",
    "all service/a",
    "node-10002 a=1",
    "all other",
  ]);
  stop();
  second.set("service/c", "4");
  cluster.time.runFor(3_000);
  assert.equal(heard.at(-1), "all service/c");
  await cluster.close();
});

test("the iterator of live nodes yields each change and ends with the node", async () => {
  const cluster = new VirtualCluster(12, FAST);
  const first = await cluster.start(0, { livenessFilter: (node) => node.get("ready") === "yes" });
  const seen: string[][] = [];
  const reading = (async () => {
    for await (const nodes of first.liveNodeChanges()) seen.push(names(nodes.map(({ id }) => id)));
  })();
  await cluster.during(Promise.resolve());
  await cluster.start(1, { keyValues: { ready: "yes" } });
  await cluster.during(new Promise((resolve) => cluster.time.startTimer(4_000, () => resolve(1))));
  await cluster.close();
  await reading;
  assert.deepEqual(seen[0], []);
  assert.deepEqual(seen.at(-1), ["node-10002"]);
});
