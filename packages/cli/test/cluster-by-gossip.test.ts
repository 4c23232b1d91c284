import { eventually } from "@caucus/base/testing";
// Real processes that are given one address and become a cluster: no command, no list of members.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { startCaucus } from "../testing/caucus-process.ts";
import {
  ask,
  clusterView,
  freePorts,
  haveVoters,
  type NodeProcess,
  notReadyReasons,
  readConsistent,
  readLocal,
  withCluster,
  write,
} from "../testing/index.ts";
import { expectOneCluster, QUICK } from "./five-expected.ts";

const DEAD_AFTER = ["--dead-voter-after-ms", "3000"];

/** The first one makes the cluster; the others know its address. */
function byOneAddress([first = ""]: readonly string[], position: number): readonly string[] {
  return position === 0 ? ["--bootstrap"] : ["--seed", first];
}

function seedsOf(nodes: readonly NodeProcess[]): readonly string[] {
  return ["--seed", nodes.map(({ apiAddress }) => apiAddress).join(",")];
}

/** What automation did, by all who led meanwhile: a line each. */
async function decisionsOf(nodes: readonly NodeProcess[]): Promise<string> {
  const views = await Promise.all(nodes.map(clusterView));
  const decisions = views.flatMap((view) => view.decisions);
  return decisions.map(({ decision, reason }) => `${decision}: ${reason}`).join("\n");
}

it("one node that bootstraps and two that know only its address become three voters", async () => {
  await withCluster({ ports: "shared", flags: QUICK, formedBy: byOneAddress }, async (cluster) => {
    await haveVoters(cluster.nodes, [1, 2, 3]);
    const leader = await cluster.leader();
    assert.deepEqual((await clusterView(leader)).policy, { automatic: true, paused: [] });
    const reasons = await decisionsOf(cluster.nodes);
    assert.match(reasons, /node 2 .* becomes a learner: gossip has nominated it/);
    assert.match(reasons, /nodes 2 and 3 become voters, 3 in all: caught up/);
    await write(cluster.node(3), "a", "1");
    assert.equal((await readConsistent(cluster.node(2), "a")).value, "1");
    const { body } = await ask(cluster.node(2), "/api/cluster/explain");
    const told = body as { leader: string[]; departure: string[] };
    assert.match(told.leader.join(), new RegExp(`^node ${leader.label} at .* leads in term`));
    assert.match(told.departure.join(), /without node 2 still 2 of the 3 voters .* it goes on/);
  });
});

it("S2-28: seed 2's command lines make three voters, with its flags to the letter", async () => {
  const directory = await mkdtemp(join(tmpdir(), "caucus-seed-2-"));
  const ports = await freePorts(9);
  const address = (place: number): string => `127.0.0.1:${ports[place]}`;
  const nodes = [0, 1, 2].map((node) => ({ apiAddress: address(3 * node + 1) }));
  const start = (node: number, ...more: readonly string[]): ReturnType<typeof startCaucus> =>
    startCaucus([
      ...["node", "--id", String(node + 1), "--rpc-addr", address(3 * node)],
      ...["--api-addr", address(3 * node + 1), "--gossip-addr", address(3 * node + 2), ...more],
      ...["--data-dir", join(directory, String(node)), ...QUICK],
    ]);
  try {
    await using first = start(0);
    await using second = start(1, "--seed-gossip-addrs", address(2));
    await using third = start(2, "--seed_gossip_addrs", address(2));
    await haveVoters(nodes, [1, 2, 3]);
    for (const { child, ended } of [first, second, third]) {
      child.kill("SIGTERM");
      assert.deepEqual(await ended, { code: 0, signal: null });
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

it("N29: five at once that expect five make one cluster, three times out of three", async () => {
  for (let round = 0; round < 3; round++) await expectOneCluster();
});

/** Writes all the time, each key once, to any of `nodes`; `stop` gives the acknowledged keys. */
function writeAllTheTime(nodes: () => readonly NodeProcess[]): {
  stop(): Promise<readonly string[]>;
} {
  const acknowledged: string[] = [];
  const state = { isStopping: false };
  const writing = (async () => {
    for (let number = 0; !state.isStopping; number++) {
      const running = nodes();
      const node = running[number % running.length];
      if (node === undefined) continue;
      const key = `key-${number}`;
      const json = { key, value: key };
      const answer = await ask(node, "/api/write?timeout_ms=2000", { json }).catch(() => undefined);
      if (answer?.status === 200) acknowledged.push(key);
    }
  })();
  return {
    async stop() {
      state.isStopping = true;
      await writing;
      return acknowledged;
    },
  };
}

it("N33: a voter that is killed for good is replaced by an empty node, and no write is lost", async () => {
  const flags = [...QUICK, ...DEAD_AFTER];
  await withCluster({ flags, formedBy: byOneAddress }, async (cluster) => {
    await haveVoters(cluster.nodes, [1, 2, 3]);
    const client = writeAllTheTime(() => cluster.running);
    const victim = await cluster.leader();
    const living = cluster.nodes.filter((node) => node !== victim);
    await victim.kill("SIGKILL");
    const spare = await cluster.add({ label: 4, flags: seedsOf(living) });
    await spare.start();
    const labels = [...living.map(({ label }) => label), 4];
    await haveVoters([...living, spare], labels);
    const acknowledged = await client.stop();
    await cluster.ready();
    assert.ok(acknowledged.length > 20, `only ${acknowledged.length} writes were acknowledged`);
    // Whatever was acknowledged before this read is there on this node after it.
    await readConsistent(spare, "key-0");
    for (const key of acknowledged) assert.equal((await readLocal(spare, key)).value, key);
    const swap = /^node 4 .* takes the place of .*: neither gossip nor Raft has heard of node/m;
    assert.match(await decisionsOf([...living, spare]), swap);
    // As good as any voter: with one of the others gone it is half of the quorum.
    const [one] = living as [NodeProcess, NodeProcess];
    await one.kill("SIGKILL");
    await write(spare, "last", "last");
  });
});

it("N34: a minority that is cut off changes nothing, and goes on when the others are back", async () => {
  const flags = [...QUICK, ...DEAD_AFTER];
  await withCluster({ flags, formedBy: byOneAddress }, async (cluster) => {
    await haveVoters(cluster.nodes, [1, 2, 3]);
    const leader = await cluster.leader();
    const others = cluster.nodes.filter((node) => node !== leader);
    const spare = await cluster.add({ label: 4, flags: seedsOf(cluster.nodes) });
    await spare.start();
    await eventually("the spare is a learner", async () => {
      assert.deepEqual(await notReadyReasons(spare), []);
    });
    const { configuration_index: before } = await clusterView(leader);
    for (const node of others) node.signal("SIGSTOP");
    // Longer than a dead voter would have to wait for its replacement.
    const { body } = await ask(leader, "/api/write?timeout_ms=5000", {
      json: { key: "a", value: "1" },
    });
    assert.notEqual((body as { outcome?: string }).outcome, undefined);
    assert.equal((await clusterView(leader)).configuration_index, before);
    for (const node of others) node.signal("SIGCONT");
    await eventually("writes go on", () => write(spare, "b", "2"));
    assert.equal((await clusterView(leader)).configuration_index, before);
  });
});

it("N28: a node that an operator removes stays out, also with an empty disk", async () => {
  await withCluster({ flags: QUICK, formedBy: byOneAddress }, async (cluster) => {
    await haveVoters(cluster.nodes, [1, 2, 3]);
    const [one, two, three] = cluster.nodes as [NodeProcess, NodeProcess, NodeProcess];
    const { status } = await ask(two, "/api/remove-member", { json: { node_id: 3 } });
    assert.equal(status, 200);
    assert.deepEqual(await three.ended(), { code: EXIT_CODES.refused.code, signal: null });
    assert.match(three.output, /was removed from the cluster and never returns/);
    await rm(three.dataDirectory, { recursive: true });
    await three.start();
    await eventually("it says that it is kept out", async () => {
      const reasons = (await notReadyReasons(three)).join();
      assert.match(reasons, /an operator keeps label 3 out; add it with caucus cluster add 3/);
    });
    await haveVoters([one, two], [1, 2]);
    const readmitted = await ask(one, "/api/membership-policy", { json: { readmit: [3] } });
    assert.equal(readmitted.status, 200);
    await haveVoters(cluster.nodes, [1, 2, 3]);
  });
});
