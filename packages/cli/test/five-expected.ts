import assert from "node:assert/strict";
import { clusterView, haveVoters, withCluster } from "../testing/index.ts";

/** As the defaults, but quick; everything else is as in life. */
export const QUICK: readonly string[] = [
  ...["--gossip-look-ms", "300", "--interval-ms", "100", "--settle-ms", "500"],
];

/** Starts five nodes at once that expect five; rejects unless they make one cluster of all of them. */
export async function expectOneCluster(): Promise<void> {
  const options = {
    size: 5,
    ports: "shared",
    flags: [...QUICK, "--storage", "memory"],
    formedBy: ([first = ""]: readonly string[]) => ["--bootstrap-expect", "5", "--seed", first],
  } as const;
  await withCluster(options, async (cluster) => {
    await haveVoters(cluster.nodes, [1, 2, 3, 4, 5]);
    const views = await Promise.all(cluster.nodes.map(clusterView));
    assert.equal(new Set(views.map(({ cluster_id }) => cluster_id)).size, 1);
  });
}
