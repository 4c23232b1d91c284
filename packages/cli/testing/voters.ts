import assert from "node:assert/strict";
import { eventually } from "@caucus/base/testing";
import { type ClusterView, clusterView, type Endpoint } from "./node-api.ts";

export function votersOf({ members }: ClusterView): readonly number[] {
  return members.filter(({ role }) => role === "voter").map(({ id }) => id);
}

/** Resolves when every node of `nodes` has exactly these voters, by label, and a leader. */
export async function haveVoters(
  nodes: readonly Endpoint[],
  labels: readonly number[],
): Promise<void> {
  await eventually(`the voters are ${labels.join(", ")}`, async () => {
    for (const view of await Promise.all(nodes.map(clusterView))) {
      assert.deepEqual(votersOf(view), labels);
      assert.notEqual(view.leader, null);
    }
  });
}
