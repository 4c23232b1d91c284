// Many rounds of what can happen to processes, one node or two at a time, under constant load.
import { it } from "node:test";
import { type NodeProcess, type ProcessCluster, withCluster } from "@caucus/cli/testing";
import { RealLoad } from "./real-load.ts";

const ROUNDS = 60;

/** Small, so that compactions happen and nodes that were away are repaired by snapshots. */
const COMPACTION = ["--compaction-entries", "500", "--compaction-keep-entries", "50"];

type Fault = (cluster: ProcessCluster, load: RealLoad) => Promise<void>;

async function restart(nodes: readonly NodeProcess[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.start()));
}

async function someFollower(cluster: ProcessCluster): Promise<NodeProcess> {
  const leader = await cluster.leader();
  return cluster.nodes.find((node) => node !== leader) as NodeProcess;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  "kill the leader": async (cluster, load) => {
    const leader = await cluster.leader();
    await leader.kill("SIGKILL");
    await load.progress(20);
    await restart([leader]);
  },
  "kill the leader and start it at once": async (cluster) => {
    const leader = await cluster.leader();
    await leader.kill("SIGKILL");
    await restart([leader]);
  },
  "stop the leader": async (cluster, load) => {
    const leader = await cluster.leader();
    await leader.kill("SIGTERM");
    await load.progress(20);
    await restart([leader]);
  },
  "kill a follower until it needs a snapshot": async (cluster, load) => {
    const follower = await someFollower(cluster);
    await follower.kill("SIGKILL");
    await load.progress(1_000);
    await restart([follower]);
  },
  "kill a leader and a follower": async (cluster) => {
    const killed = [await cluster.leader(), await someFollower(cluster)];
    await Promise.all(killed.map((node) => node.kill("SIGKILL")));
    await restart(killed);
  },
  "kill all": async (cluster) => {
    await Promise.all(cluster.nodes.map((node) => node.kill("SIGKILL")));
    await restart(cluster.nodes);
  },
  "a leader hangs": async (cluster, load) => {
    const leader = await cluster.leader();
    leader.signal("SIGSTOP");
    await load.progress(20);
    leader.signal("SIGCONT");
  },
  "a follower hangs": async (cluster, load) => {
    const follower = await someFollower(cluster);
    follower.signal("SIGSTOP");
    await load.progress(20);
    follower.signal("SIGCONT");
  },
};

it(`${ROUNDS} rounds of kills, stops and hanging processes lose nothing`, async (t) => {
  await withCluster({ ports: "shared", flags: COMPACTION }, async (cluster) => {
    const load = new RealLoad(cluster.nodes);
    load.start();
    const names = Object.keys(FAULTS);
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const name = names[round % names.length] as string;
        t.diagnostic(`${name}, after ${load.acknowledgedCount} acknowledged writes`);
        await (FAULTS[name] as Fault)(cluster, load);
        await load.progress(20);
        await cluster.ready();
      }
    } finally {
      await load.stop();
    }
    await load.checkAcknowledged();
    t.diagnostic(await load.checkHistory());
    t.diagnostic(`${load.acknowledgedCount} unique writes acknowledged`);
  });
});
