// Two nodes that change their keys at random and gossip now and then: afterwards each has exactly what
// the other has, whatever was deleted, collected or cut on the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRng } from "@caucus/base";
import fc from "fast-check";
import { CHITCHAT_DEFAULTS } from "../src/core/chitchat-config.ts";
import { GossipNode } from "../src/core/gossip-node.ts";
import { zstd } from "../src/zstd.ts";

const GRACE_MS = 1_000;

const action = fc.oneof(
  fc.record({
    kind: fc.constant("set" as const),
    key: fc.constantFrom("a", "b", "c", "d", "e"),
    value: fc.string({ maxLength: 5 }),
    who: fc.integer({ min: 0, max: 1 }),
  }),
  fc.record({
    kind: fc.constantFrom("delete" as const, "ttl" as const),
    key: fc.constantFrom("a", "b", "c", "d", "e"),
    who: fc.integer({ min: 0, max: 1 }),
  }),
  fc.record({ kind: fc.constant("gossip" as const), who: fc.integer({ min: 0, max: 1 }) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: GRACE_MS }) }),
);

function nodeOf(nodeId: string): GossipNode {
  return new GossipNode({
    id: { nodeId, generationId: 1n, gossipAdvertiseAddress: { host: "127.0.0.1", port: 1 } },
    clusterId: "c",
    config: { ...CHITCHAT_DEFAULTS, markedForDeletionGraceMs: GRACE_MS },
    compression: zstd,
    rng: createSeededRng(1),
  });
}

function gossip(from: GossipNode, to: GossipNode, nowMs: number): void {
  from.beginRound([], nowMs);
  let datagram: Uint8Array | undefined = from.syn(nowMs);
  for (let target = to; datagram !== undefined; target = target === to ? from : to) {
    const outcome = target.handle(datagram, nowMs);
    datagram = "datagram" in outcome ? outcome.datagram : undefined;
  }
}

function visible(node: GossipNode, owner: string): unknown {
  const state = node.cluster.nodes().find(({ state: { id } }) => id.nodeId === owner)?.state;
  const entries = [...(state?.entries() ?? [])].filter(([, { status }]) => status !== "delete");
  return entries.map(([key, { value, version }]) => [key, value, version]);
}

test("G11: after both have asked, both see the same values, and deleted ones nowhere", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const nodes = [nodeOf("a"), nodeOf("b")] as const;
      let nowMs = 0;
      for (const next of actions) {
        if (next.kind === "wait") {
          nowMs += next.ms;
          continue;
        }
        const node = nodes[next.who] as GossipNode;
        if (next.kind === "set") node.keys.set(next.key, next.value, nowMs);
        else if (next.kind === "delete") node.keys.delete(next.key, nowMs);
        else if (next.kind === "ttl") node.keys.deleteAfterTtl(next.key, nowMs);
        else gossip(node, node === nodes[0] ? nodes[1] : nodes[0], nowMs);
      }
      // What was marked is dropped by all, each by its own clock.
      for (let round = 0; round < 4; round++) {
        nowMs += GRACE_MS;
        gossip(nodes[0], nodes[1], nowMs);
        gossip(nodes[1], nodes[0], nowMs);
      }
      for (const owner of ["a", "b"]) {
        assert.deepEqual(visible(nodes[0], owner), visible(nodes[1], owner));
      }
    }),
    { numRuns: 500 },
  );
});
