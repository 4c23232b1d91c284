import assert from "node:assert/strict";
import { it } from "node:test";
import { clusterView, withCluster } from "@caucus/cli/testing";
import { RealLoad } from "./real-load.ts";

const KILLS = 5;

it(`S2-32: after ${KILLS} SIGKILLs of leaders every acknowledged write is there, and the history is linearizable`, async (t) => {
  await withCluster({}, async (cluster) => {
    const load = new RealLoad(cluster.nodes);
    load.start();
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        await load.progress(50);
        const leader = await cluster.leader();
        await leader.kill("SIGKILL");
        await load.progress(20);
        await leader.start();
        await cluster.ready();
      }
    } finally {
      await load.stop();
    }
    await load.checkAcknowledged();
    t.diagnostic(await load.checkHistory());
    const { term, revision } = await clusterView(await cluster.leader());
    t.diagnostic(`${load.acknowledgedCount} unique writes, revision ${revision}, term ${term}`);
    assert.ok(term > KILLS, "each kill of a leader has made a new term");
  });
});
