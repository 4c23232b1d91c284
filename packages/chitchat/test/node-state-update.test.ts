// The state of another node that came by another way than gossip: what is taken of it, and what is not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRng } from "@caucus/base";
import { CHITCHAT_DEFAULTS, type ChitchatConfig } from "../src/core/chitchat-config.ts";
import { type ChitchatId, chitchatIdKey } from "../src/core/chitchat-id.ts";
import type { KeyStatus, KeyValueUpdate } from "../src/core/delta.ts";
import { GossipNode } from "../src/core/gossip-node.ts";
import type { NodeState, ReadonlyNodeState } from "../src/core/node-state.ts";
import type { NodeStateUpdate } from "../src/core/node-state-update.ts";
import { encodeMessage } from "../src/wire.ts";
import { zstd } from "../src/zstd.ts";
import { VirtualCluster } from "../testing/virtual-cluster.ts";

const OTHER: ChitchatId = idOf("other");

function idOf(nodeId: string): ChitchatId {
  return { nodeId, generationId: 1n, gossipAdvertiseAddress: { host: "127.0.0.1", port: 1 } };
}

function nodeOf(rules: Partial<ChitchatConfig> = {}): GossipNode {
  return new GossipNode({
    id: idOf("n"),
    clusterId: "c",
    config: { ...CHITCHAT_DEFAULTS, ...rules },
    compression: zstd,
    rng: createSeededRng(1),
  });
}

function keyValue(key: string, version: bigint, status: KeyStatus = "set"): KeyValueUpdate {
  return { key, value: `${key}${version}`, version, status };
}

function update(
  keyValues: readonly KeyValueUpdate[],
  maxVersion: bigint,
  lastGcVersion = 0n,
): NodeStateUpdate {
  return { id: OTHER, keyValues, maxVersion, lastGcVersion };
}

function stateOf(node: GossipNode): NodeState {
  const state = node.cluster.get(chitchatIdKey(OTHER));
  assert.ok(state !== undefined);
  return state;
}

function snapshotOf({ id, lastGcVersion, maxVersion }: ReadonlyNodeState) {
  return { id, lastGcVersion, maxVersion };
}

/** What gossip says of the other node. */
function hear(node: GossipNode, keyValues: readonly KeyValueUpdate[], maxVersion: bigint): void {
  const digest = [{ id: OTHER, heartbeat: 7n, lastGcVersion: 0n, maxVersion: 0n }];
  const nodeDelta = {
    id: OTHER,
    lastGcVersion: 0n,
    fromVersionExcluded: 0n,
    keyValues,
    maxVersion,
  };
  node.handle(encodeMessage({ kind: "syn-ack", digest, delta: [nodeDelta] }), 0);
  node.takeEvents();
}

test("of each listed key the newer version stays, and keys that are not listed are gone", () => {
  const node = nodeOf();
  hear(node, [keyValue("gone", 1n), keyValue("old", 2n), keyValue("new", 9n)], 9n);
  const listed = [keyValue("dead", 12n, "delete"), keyValue("old", 11n), keyValue("new", 8n)];
  assert.equal(node.resetNodeState(update(listed, 12n, 5n), 0), "applied");
  const state = stateOf(node);
  assert.deepEqual(
    [...state.entries()].map(([key, { version, status }]) => [key, version, status]),
    [
      ["new", 9n, "set"],
      ["old", 11n, "set"],
      ["dead", 12n, "delete"],
    ],
  );
  assert.deepEqual([state.lastGcVersion, state.maxVersion, state.heartbeat], [5n, 12n, 7n]);
  const changes = node.takeEvents().flatMap((event) => {
    return event.kind === "key-changed" ? [`${event.key}=${event.value}`] : [];
  });
  assert.deepEqual(changes, ["old=old11"]);
});

test("a node that was unknown becomes known, without a heartbeat, and gossip goes on from there", () => {
  const node = nodeOf();
  assert.equal(node.resetNodeState(update([keyValue("a", 3n)], 3n, 2n), 0), "applied");
  assert.equal(stateOf(node).heartbeat, 0n);
  assert.equal(node.liveNodes().length, 1);
  const next = { id: OTHER, lastGcVersion: 2n, fromVersionExcluded: 3n, maxVersion: 4n };
  node.handle(
    encodeMessage({ kind: "ack", delta: [{ ...next, keyValues: [keyValue("b", 4n)] }] }),
    0,
  );
  assert.equal(stateOf(node).get("a"), "a3");
  assert.equal(stateOf(node).get("b"), "b4");
});

test("G10: what is not newer changes nothing, and the max version follows the keys", () => {
  const node = nodeOf();
  hear(node, [keyValue("a", 4n)], 6n);
  assert.equal(node.resetNodeState(update([keyValue("a", 6n)], 6n, 9n), 0), "not-newer");
  assert.equal(node.resetNodeState(update([keyValue("a", 5n)], 99n), 0), "not-newer");
  assert.equal(node.resetNodeState(update([keyValue("a", 5n)], 99n, 5n), 0), "applied");
  assert.deepEqual([stateOf(node).lastGcVersion, stateOf(node).maxVersion], [5n, 6n]);
  assert.equal(node.resetNodeState(update([keyValue("a", 8n)], 99n, 4n), 0), "not-newer");
  assert.equal(stateOf(node).get("a"), "a5");
});

test("G3: the own state is not taken from others, nor that of a node that was forgotten", () => {
  const node = nodeOf();
  node.keys.set("mine", "1", 0);
  const own = { ...update([keyValue("mine", 9n)], 9n), id: node.id };
  assert.equal(node.resetNodeState(own, 0), "own");
  assert.equal(node.keys.get("mine"), "1");
  hear(node, [keyValue("a", 1n)], 1n);
  node.cluster.forget(chitchatIdKey(OTHER));
  assert.equal(node.resetNodeState(update([keyValue("a", 9n)], 9n), 0), "forgotten");
  assert.equal(node.cluster.size, 1);
});

test("what has no room, or could not be passed on, changes nothing", () => {
  const node = nodeOf({ nodeStateBytesMax: 500 });
  hear(node, [keyValue("a", 1n)], 1n);
  const large = { ...keyValue("b", 2n), value: "x".repeat(400) };
  assert.equal(node.resetNodeState(update([large], 2n), 0), "no-room");
  for (const [keyValues, says] of [
    [[keyValue("b", 5n), keyValue("c", 5n)], /key "c" has version 5, .* each of one key only/],
    [[keyValue("b", 0n)], /key "b" has version 0/],
    [[{ ...keyValue("b", 5n), value: "x".repeat(70_000) }], /must fit into one datagram/],
    [[keyValue("\ud800", 5n)], /lone surrogate/],
  ] as const) {
    assert.throws(() => node.resetNodeState(update(keyValues, 9n), 0), {
      code: "invalid_argument",
      message: says,
    });
  }
  assert.deepEqual(
    [...stateOf(node).entries()].map(([key]) => key),
    ["a"],
  );
});

test("node-reset is told when a node that has collected is met, and its state may be set then", async () => {
  const cluster = new VirtualCluster(8, { markedForDeletionGraceMs: 1_000 });
  const first = await cluster.start(0);
  first.set("a", "1");
  first.set("b", "2");
  first.delete("b");
  cluster.time.runFor(3_000);
  const late = await cluster.start(1);
  const outcomes: string[] = [];
  late.subscribeMembership((event) => {
    if (event.kind !== "node-reset") return;
    // What its program may fetch over HTTP, while more has happened.
    first.set("c", "3");
    const [owner] = first.nodeStates();
    assert.ok(owner !== undefined);
    const keyValues = [...owner.entries()].map(([key, entry]) => ({ key, ...entry }));
    outcomes.push(late.resetNodeState({ ...snapshotOf(owner), keyValues }));
    assert.equal(late.nodeStates()[0]?.get("c"), "3");
  });
  cluster.time.runFor(2_000);
  assert.deepEqual(outcomes, ["applied"]);
  assert.deepEqual(
    late.nodeStates().map((state) => [state.get("a"), state.maxVersion, state.lastGcVersion]),
    [
      ["1", 4n, 3n],
      [undefined, 0n, 0n],
    ],
  );
  assert.equal(late.liveNodes().length, 2);
  await cluster.close();
});
