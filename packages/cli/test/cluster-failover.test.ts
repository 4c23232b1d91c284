import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { eventually } from "@caucus/base/testing";
import {
  ask,
  clusterView,
  type NodeProcess,
  type ProcessCluster,
  readConsistent,
  readLocal,
  withCluster,
  write,
} from "../testing/index.ts";

/** Writes until one is acknowledged: the first ones may meet the moment without a leader. */
async function writeEventually(node: NodeProcess, key: string, value: string): Promise<void> {
  await eventually(`node ${node.label} takes a write`, () => write(node, key, value));
}

async function holdsLocally(node: NodeProcess, key: string, value: string): Promise<void> {
  await eventually(`node ${node.label} holds ${key}`, async () => {
    assert.equal((await readLocal(node, key)).value, value);
  });
}

async function isFollowedBy(cluster: ProcessCluster, node: NodeProcess, key: string) {
  await node.start();
  await cluster.ready();
  await holdsLocally(node, key, key);
  assert.equal((await readConsistent(node, key)).value, key);
}

/** What the disk and the quorum took stands in the metrics of a leader that has written. */
async function publishesItsWork(leader: NodeProcess): Promise<void> {
  const { body } = await ask(leader, "/metrics/prometheus");
  for (const counted of [
    'caucus_raft_proposals_total{outcome="applied"}',
    "caucus_raft_commit_duration_seconds_count",
    "caucus_storage_fsync_duration_seconds_count",
    "caucus_storage_disk_bytes",
    "caucus_gossip_rounds_total",
  ]) {
    const line = String(body)
      .split("\n")
      .find((text) => text.startsWith(`${counted} `));
    assert.ok(Number(line?.slice(counted.length)) > 0, `${counted}: ${line}`);
  }
}

describe("three processes on RocksDB", { concurrency: false }, () => {
  it("serve what node 3 wrote: linearizably on node 2, locally on node 1", async () => {
    await withCluster({}, async (cluster) => {
      const key = "a/b c ü 😀";
      const revision = await write(cluster.node(3), key, "1");
      const found = await readConsistent(cluster.node(2), key);
      assert.deepEqual([found.value, found.version, found.mod_revision], ["1", 1, revision]);
      await holdsLocally(cluster.node(1), key, "1");
      const { members } = await clusterView(cluster.node(1));
      assert.deepEqual(
        members.map(({ id, role }) => [id, role]).sort(),
        [1, 2, 3].map((label) => [label, "voter"]),
      );
      await publishesItsWork(await cluster.leader());
    });
  });

  it("S2-03, S3-04: go on when the leader is killed or told to stop, and take it back", async () => {
    await withCluster({ ports: "shared" }, async (cluster) => {
      const killed = await cluster.leader();
      await write(killed, "before", "before");
      await killed.kill("SIGKILL");
      for (const node of cluster.running) await writeEventually(node, "killed", "killed");
      const [survivor] = cluster.running as [NodeProcess];
      assert.equal((await readConsistent(survivor, "before")).value, "before");
      await isFollowedBy(cluster, killed, "killed");

      const stopped = await cluster.leader();
      const { term } = await clusterView(stopped);
      assert.deepEqual(await stopped.kill("SIGTERM"), { code: 0, signal: null });
      assert.match(stopped.output, /"msg":"handed leadership over"/);
      // It was gone only after the next one led: nobody has waited for an election timeout.
      const next = await cluster.leader();
      assert.equal((await clusterView(next)).term, term + 1);
      for (const node of cluster.running) await write(node, "stopped", "stopped");
      await isFollowedBy(cluster, stopped, "stopped");
    });
  });

  it("follow another leader while one hangs for 3 s, which then follows too", async () => {
    await withCluster({}, async (cluster) => {
      const hanging = await cluster.leader();
      await write(hanging, "before", "before");
      hanging.signal("SIGSTOP");
      const resumed = new Promise<void>((resolve) => {
        setTimeout(() => {
          if (hanging.isRunning) hanging.signal("SIGCONT");
          resolve();
        }, 3_000);
      });
      const others = cluster.nodes.filter((node) => node !== hanging);
      for (const node of others) await writeEventually(node, "during", "during");
      const { term } = await clusterView(await cluster.leader(others));
      await resumed;
      // The first thing that it is asked after its sleep: still a leader in its own eyes.
      const { body } = await ask(hanging, "/api/consistent_read/during");
      assert.equal((body as { value: string }).value, "during");
      const leader = await cluster.leader();
      assert.notEqual(leader, hanging);
      assert.equal((await clusterView(leader)).term, term, "it came back without an election");
      await holdsLocally(hanging, "during", "during");
      await write(hanging, "after", "after");
      for (const key of ["before", "during", "after"]) {
        assert.equal((await readConsistent(hanging, key)).value, key);
      }
    });
  });
});
