import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { it } from "node:test";
import { eventually } from "@caucus/base/testing";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import {
  ask,
  clusterView,
  type NodeProcess,
  notReadyReasons,
  readConsistent,
  readLocal,
  withCluster,
  write,
} from "../testing/index.ts";

const KEYS = Array.from({ length: 10 }, (_, number) => `key-${number}`);

async function holdsEverything(node: NodeProcess): Promise<void> {
  for (const key of KEYS) assert.equal((await readConsistent(node, key)).value, key);
}

interface Membership {
  readonly id: number;
  readonly key: string;
  readonly role: "voter" | "learner";
}

/** Everything that holds label 2, as `node` knows it. */
async function holdersOf2(node: NodeProcess): Promise<readonly Membership[]> {
  const { members } = await clusterView(node);
  return members.filter(({ id }) => id === 2).map(({ id, key, role }) => ({ id, key, role }));
}

it("a wiped node neither votes for nor hides the loss of what only it and a stopped node had", async () => {
  await withCluster({ flags: ["--replace-after-ms", "2000"] }, async (cluster) => {
    const [one, two, three] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
    const [old] = await holdersOf2(one);
    assert.equal(old?.role, "voter");
    await three.kill("SIGTERM");
    await cluster.leader();
    for (const key of KEYS) await write(two, key, key);
    await one.kill("SIGTERM");
    await two.kill("SIGTERM");
    await rm(two.dataDirectory, { recursive: true });

    await Promise.all([two.start(), three.start()]);
    await eventually("both say why there is nothing to be had", async () => {
      const [emptied, behind] = await Promise.all([two, three].map(notReadyReasons));
      assert.match(emptied?.join() ?? "", /asks to join cluster [0-9a-f]{32}: /);
      assert.match(behind?.join() ?? "", /no leader is known/);
    });
    // Longer than any election would take.
    for (const node of [two, three]) {
      const path = "/api/write?timeout_ms=3000";
      const { status, body } = await ask(node, path, { json: { key: "new", value: "x" } });
      assert.equal(status, 503, JSON.stringify(body));
      assert.equal((body as { outcome: string }).outcome, "not_applied");
    }
    assert.equal((await clusterView(three)).leader, null);
    assert.equal((await clusterView(two)).cluster_id, null);
    assert.equal((await readLocal(three, KEYS[0] as string)).value, null);

    await one.start();
    const leader = await cluster.leader([one, three]);
    assert.equal(leader, one, "only node 1 holds everything");
    await holdsEverything(three);
    // The old key stays the voter until the new one has caught up as a learner.
    await eventually("node 2 is a learner", async () => {
      const roles = (await holdersOf2(one)).map(({ key, role }) => [key === old?.key, role]);
      assert.deepEqual(roles.sort(), [
        [false, "learner"],
        [true, "voter"],
      ]);
    });
    await eventually("node 2 is a voter", async () => {
      const [holder, ...others] = await holdersOf2(one);
      assert.deepEqual(others, []);
      assert.equal(holder?.role, "voter");
      assert.notEqual(holder?.key, old?.key);
    });
    await cluster.ready();
    await holdsEverything(two);
    // As good as any voter: with node 3 gone again it is half of the quorum.
    await three.kill("SIGKILL");
    await write(two, "last", "last");
  });
});

it("a second process under a live label is refused, and the first keeps its place", async () => {
  // So patient that a busy machine alone does not make them elect anew: the term is looked at.
  const flags = ["--replace-after-ms", "1000", "--election-timeout-ms", "5000"];
  await withCluster({ flags }, async (cluster) => {
    const [one, two] = cluster.nodes as [NodeProcess, NodeProcess];
    await write(one, "a", "1");
    const before = await clusterView(one);
    const joins = cluster.nodes.flatMap(({ rpcAddress }) => ["--join", rpcAddress]);
    const second = await cluster.add({ label: 2, flags: joins });
    second.launch();
    assert.deepEqual(await second.ended(), { code: EXIT_CODES.refused.code, signal: null });
    const [line] = second.output.match(/^caucus: .*$/m) ?? assert.fail(second.output);
    assert.match(line, new RegExp(`label 2 is in use by the live node 2 .*${two.rpcAddress}`));

    const after = await clusterView(one);
    assert.equal(after.configuration_index, before.configuration_index, "no change was made");
    assert.equal(after.term, before.term);
    await write(two, "a", "2");
    assert.equal((await readConsistent(two, "a")).value, "2");
    assert.deepEqual(await notReadyReasons(two), []);
  });
});
