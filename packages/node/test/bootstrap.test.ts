import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formCluster, get, put, withNodes } from "./test-cluster.ts";

describe("bootstrap by a list of addresses", () => {
  it("N17: three nodes that start together form one cluster with all as voters", async () => {
    await withNodes(3, async (nodes) => {
      await formCluster(nodes);
      const clusters = new Set(nodes.map((node) => node.service.status().cluster));
      assert.equal(clusters.size, 1);
      const [first, second, third] = nodes as [
        (typeof nodes)[0],
        (typeof nodes)[0],
        (typeof nodes)[0],
      ];
      assert.equal(first!.service.status().configuration.voters.length, 3);
      await put(third!, "a", "1");
      assert.equal(await get(second!, "a"), "1");
      assert.equal(await get(first!, "a"), "1");
    });
  });
});
