/** The case in which the protocol itself lets a deleted key be seen again, datagram by datagram. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRng } from "@caucus/base";
import { CHITCHAT_DEFAULTS, chitchatIdKey, GossipNode, zstd } from "@caucus/chitchat";
import type { ObservedProcess } from "../src/gossip/checkers/gossip-checker.ts";
import { noResurrection } from "../src/gossip/checkers/no-resurrection.ts";
import { type NodeView, viewOf } from "../src/gossip/node-view.ts";
import { Owners } from "../src/gossip/owners.ts";

const RULES = {
  gossipIntervalMs: 100,
  phiThreshold: 8,
  samplingWindowSize: 1000,
  maxIntervalMs: 1000,
  initialIntervalMs: 500,
  deadNodeGraceMs: 10_000,
  markedForDeletionGraceMs: 3000,
};

function nodeOf(nodeId: string, port: number): GossipNode {
  return new GossipNode({
    id: { nodeId, generationId: 1n, gossipAdvertiseAddress: { host: "127.0.0.1", port } },
    clusterId: "c",
    config: { ...CHITCHAT_DEFAULTS, ...RULES },
    compression: zstd,
    rng: createSeededRng(1),
  });
}

function answer(node: GossipNode, datagram: Uint8Array, nowMs: number): Uint8Array {
  const outcome = node.handle(datagram, nowMs);
  assert.equal(outcome.kind, "reply");
  return outcome.kind === "reply" ? outcome.datagram : new Uint8Array();
}

function handshake(from: GossipNode, to: GossipNode, nowMs: number): void {
  const synAck = answer(to, from.syn(nowMs), nowMs);
  to.handle(answer(from, synAck, nowMs), nowMs);
}

test("G4: whoever has forgotten a node may be shown a deleted key by one that was away, until the owner speaks", () => {
  const [owner, peer, away] = [nodeOf("owner", 1), nodeOf("peer", 2), nodeOf("away", 3)];
  const id = chitchatIdKey(owner.id);
  const owners = new Owners();
  owners.started(id);
  const violations: string[] = [];
  let exceptions = 0;
  const checker = noResurrection(
    (message) => violations.push(message),
    owners,
    () => exceptions++,
  );
  const process: ObservedProcess = {
    label: 2,
    rules: RULES,
    idKey: chitchatIdKey(peer.id),
    nowMs: 0,
    startedMs: 0,
    views: new Map(),
    live: new Set(),
    dead: new Map(),
  };
  checker.started?.(process);
  let before: NodeView | undefined;
  /** What the peer shows of the owner's key, after the checker has looked. */
  const shown = (): string | undefined => {
    const state = peer.cluster.get(id);
    const after = state === undefined ? undefined : viewOf(state, before, true);
    checker.changed?.(process, { id, before, after, isReset: false }, "datagram");
    before = after;
    return state?.get("k");
  };

  owner.keys.set("k", "old", 0);
  handshake(owner, peer, 0);
  handshake(owner, away, 0);
  assert.equal(shown(), "old");
  owner.keys.delete("k", 1000);
  handshake(owner, peer, 1000);
  assert.equal(shown(), undefined);

  // The tombstone is collected; then the peer hears nothing, and forgets the owner.
  for (const node of [owner, peer]) node.beginRound([], 5000);
  assert.equal(peer.cluster.get(id)?.lastGcVersion, 2n);
  peer.endRound(6000);
  peer.endRound(16_000);
  assert.equal(shown(), undefined);
  assert.equal(peer.cluster.get(id), undefined);

  // A word of the owner makes it known again, and the one that slept all the time is asked first.
  peer.handle(owner.syn(20_000), 20_000);
  assert.equal(shown(), undefined);
  handshake(peer, away, 20_100);
  assert.equal(shown(), "old", "this is the exception");
  assert.deepEqual([violations, exceptions], [[], 1]);

  handshake(peer, owner, 20_200);
  assert.equal(shown(), undefined);
  assert.deepEqual([violations, exceptions], [[], 1]);
});
