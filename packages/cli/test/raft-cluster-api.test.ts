// Seed 3's API on real processes: who takes a write, that nobody sees half of one, and members.
import assert from "node:assert/strict";
import { it } from "node:test";
import { eventually } from "@caucus/base/testing";
import {
  ask,
  clusterView,
  type NodeProcess,
  type ProcessCluster,
  withCluster,
} from "../testing/index.ts";

const PREFIX = "/dialects/raft-cluster";
const BATCHES = 25;
const INCREMENTS = 10;

type Fields = Readonly<Record<string, unknown>>;

async function done(node: NodeProcess, path: string, json?: unknown): Promise<Fields> {
  const { body, status } = await ask(node, path, json === undefined ? {} : { json });
  assert.equal(status, 200, `${path} on node ${node.label}: ${JSON.stringify(body)}`);
  return body as Fields;
}

async function reads(node: NodeProcess, key: string, value: string | null): Promise<void> {
  await eventually(`node ${node.label} has ${key}`, async () => {
    assert.deepEqual(await done(node, `/get?key=${key}`), { key, value });
  });
}

async function followersOf(cluster: ProcessCluster): Promise<[NodeProcess, NodeProcess[]]> {
  const leader = await cluster.leader();
  return [leader, cluster.nodes.filter((node) => node !== leader)];
}

/** S3-12, S3-51, S3-54. */
async function followersRefuseOrForward(cluster: ProcessCluster): Promise<void> {
  const [leader, followers] = await followersOf(cluster);
  for (const follower of followers) {
    for (const path of [`${PREFIX}/set`, "/set?forward=false"]) {
      assert.deepEqual(await ask(follower, path, { json: { key: "user:1", value: "no" } }), {
        status: 503,
        body: { error: `This node is not the leader. Current leader: ${leader.label}` },
      });
    }
  }
  await done(leader, `${PREFIX}/set`, { key: "user:1", value: "Alice" });
  await done(followers[0] as NodeProcess, "/set", { key: "config:theme", value: "dark" });
  for (const node of cluster.nodes) {
    await reads(node, "user:1", "Alice");
    await reads(node, "config:theme", "dark");
  }
  await done(followers[1] as NodeProcess, "/delete", { key: "config:theme" });
  for (const node of cluster.nodes) await reads(node, "config:theme", null);
}

const PAIR = ["pair:1", "pair:2", "pair:3"] as const;

/** H15: each node writes the keys together and again and again, while each is read. */
async function batchesAreSeenWhole(cluster: ProcessCluster): Promise<void> {
  let isWriting = true;
  const write = async (node: NodeProcess): Promise<void> => {
    for (let count = 0; count < BATCHES; count++) {
      const operations = PAIR.map((key) => ({ op: "set", key, value: `${node.label}-${count}` }));
      await done(node, "/batch_write", { operations });
    }
  };
  let seen = 0;
  const read = async (node: NodeProcess): Promise<void> => {
    while (isWriting) {
      const { items } = await done(node, "/prefix?prefix=pair:");
      const values = (items as { value: string }[]).map(({ value }) => value);
      assert.ok(values.length === 0 || values.length === PAIR.length, values.join());
      assert.ok(new Set(values).size <= 1, `half of a batch on node ${node.label}: ${values}`);
      if (values.length > 0) seen += 1;
    }
  };
  const readers = cluster.nodes.map(read);
  await Promise.all(cluster.nodes.map(write));
  isWriting = false;
  await Promise.all(readers);
  assert.ok(seen > 0);
}

/** H15: counts up from every node at once, each time only from the value that was read. */
async function transactionsLoseNothing(cluster: ProcessCluster): Promise<void> {
  await done(cluster.node(1), "/set", { key: "counter", value: "0" });
  const count = async (node: NodeProcess): Promise<void> => {
    for (let swapped = 0; swapped < INCREMENTS; ) {
      const { value } = await done(node, "/get?key=counter");
      if (value === null) continue;
      const next = String(Number(value) + 1);
      const { branch, prev_values } = await done(node, "/txn", {
        conditions: [{ key: "counter", op: "equal", value }],
        if_then: [
          { op: "set", key: "counter", value: next },
          { op: "set", key: `by:${next}`, value: String(node.label) },
        ],
        else_then: [],
        return_previous: true,
      });
      assert.deepEqual(prev_values, branch === true ? [value, null] : []);
      if (branch === true) swapped += 1;
    }
  };
  await Promise.all(cluster.nodes.map(count));
  const total = String(INCREMENTS * cluster.nodes.length);
  const swap = await done(cluster.node(2), "/getset", { key: "counter", value: "done" });
  assert.equal(swap["old_value"], total);
  const { count: counted } = await done(await cluster.leader(), "/prefix?prefix=by:");
  assert.equal(counted, Number(total));
}

/** As large as allowed, through a follower; and one byte more. */
async function largeBatches(cluster: ProcessCluster): Promise<void> {
  const [, [follower]] = await followersOf(cluster);
  const keys = ["big:1", "big:2", "big:3", "big:4"];
  const value = "v".repeat(1024 * 1024 - 5);
  const operations = keys.map((key) => ({ op: "set", key, value }));
  await done(follower as NodeProcess, "/batch_write", { operations });
  const { body, status } = await ask(follower as NodeProcess, "/batch_write", {
    json: { operations: [...operations, { op: "delete", key: "x" }] },
  });
  assert.equal(status, 400);
  assert.deepEqual(body, {
    error: "keys and values have 4194305 bytes together, allowed are 4194304",
  });
  for (const key of keys) await done(follower as NodeProcess, "/delete", { key });
}

/** S3-75: through a follower, and twice the same. */
async function joinsAndLeaves(cluster: ProcessCluster): Promise<void> {
  const [, [follower]] = await followersOf(cluster);
  const fourth = await cluster.add({ label: 4, flags: [] });
  await fourth.start();
  const asked = follower as NodeProcess;
  const votes = async (): Promise<boolean> =>
    (await clusterView(await cluster.leader(cluster.nodes.slice(0, 3)))).members.some(
      ({ id, role }) => id === 4 && role === "voter",
    );
  for (const _again of [1, 2]) {
    await done(asked, `${PREFIX}/join`, { node_id: 4, endpoint: fourth.rpcAddress });
    assert.equal(await votes(), true);
  }
  await reads(fourth, "user:1", "Alice");
  await eventually("the follower knows the fourth", async () => {
    const { members } = await done(asked, `${PREFIX}/members`);
    const expected = { node_id: 4, endpoint: fourth.rpcAddress };
    assert.deepEqual((members as Fields)["4"], expected);
  });
  await done(asked, `${PREFIX}/leave`, { node_id: 4 });
  assert.equal(await votes(), false);
  const { body, status } = await ask(asked, "/leave", { json: { node_id: 4 } });
  assert.equal(status, 400, JSON.stringify(body));
  await fourth.kill();
}

async function snapshots(node: NodeProcess): Promise<void> {
  const { last_log_index } = await done(node, `${PREFIX}/metrics`);
  const taken = await eventually("a snapshot", () => done(node, "/trigger_snapshot", {}));
  assert.ok(Number(taken["index"]) > 0 && Number(taken["index"]) <= Number(last_log_index));
  assert.ok(Number(taken["term"]) > 0);
  const { index, term } = taken;
  assert.deepEqual(await done(node, "/snapshot_status"), { snapshot_exists: true, term, index });
  assert.ok(Number((await done(node, "/purge_log", {}))["index"]) >= Number(index));
  await reads(node, "user:1", "Alice");
}

it("S3-12, S3-17, S3-52, S3-54, S3-75: writes, batches, transactions and members of three real nodes", async () => {
  await withCluster({}, async (cluster) => {
    await followersRefuseOrForward(cluster);
    await batchesAreSeenWhole(cluster);
    await transactionsLoseNothing(cluster);
    await largeBatches(cluster);
    await joinsAndLeaves(cluster);
    await snapshots(cluster.node(2));
  });
});
