// The node without I/O: what it refuses, what it survives, and what it never sends.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createSeededRng } from "@caucus/base";
import { CHITCHAT_DEFAULTS, type ChitchatConfig } from "../src/core/chitchat-config.ts";
import type { ChitchatId } from "../src/core/chitchat-id.ts";
import { ClusterState } from "../src/core/cluster-state.ts";
import type { Delta, KeyStatus } from "../src/core/delta.ts";
import { nextGeneration } from "../src/core/generation.ts";
import { GossipNode } from "../src/core/gossip-node.ts";
import {
  type StateSnapshot,
  snapshotNodes,
  stringifySnapshot,
} from "../src/core/state-snapshot.ts";
import { selectTargets } from "../src/core/target-selection.ts";
import { decodeMessage, encodeMessage } from "../src/wire.ts";
import { zstd } from "../src/zstd.ts";
import { idFromJson, type JsonId, type JsonState, stateFromJson } from "./recorded-states.ts";

function idOf(nodeId: string, generationId = 1n, port = 1): ChitchatId {
  return { nodeId, generationId, gossipAdvertiseAddress: { host: "127.0.0.1", port } };
}

function nodeOf(name: string, config: Partial<ChitchatConfig> = {}): GossipNode {
  return new GossipNode({
    id: idOf(name),
    clusterId: "c",
    config: { ...CHITCHAT_DEFAULTS, ...config },
    compression: zstd,
    rng: createSeededRng(1),
  });
}

/** One whole handshake; every datagram must be one that can be sent. */
function handshake(from: GossipNode, to: GossipNode, nowMs = 0): void {
  let datagram: Uint8Array | undefined = from.syn(nowMs);
  for (let target = to; datagram !== undefined; target = target === to ? from : to) {
    assert.ok(datagram.length <= 65_507);
    const outcome = target.handle(datagram, nowMs);
    assert.notEqual(outcome.kind, "malformed");
    datagram = "datagram" in outcome ? outcome.datagram : undefined;
  }
}

function valueAt(node: GossipNode, owner: string, key: string): string | undefined {
  return node.cluster
    .nodes()
    .find(({ state }) => state.id.nodeId === owner)
    ?.state.get(key);
}

function update(key: string, version: bigint, status: KeyStatus = "set") {
  return { key, value: "v", version, status };
}

/** Makes `id` known to the node and gives it a state. */
function teach(node: GossipNode, id: ChitchatId, delta?: Omit<Delta[number], "id">): void {
  const digest = [{ id, heartbeat: 1n, lastGcVersion: 0n, maxVersion: 0n }];
  const nodes: Delta = delta === undefined ? [] : [{ id, ...delta }];
  node.handle(encodeMessage({ kind: "syn-ack", digest, delta: nodes }), 0);
}

test("G1: the largest value that may be set reaches a peer, and a larger one is refused", () => {
  const [a, b] = [nodeOf("a"), nodeOf("b")];
  const room = a.keys.bytesMax - 1;
  let seed = 1;
  // Nothing to compress: the worst case for the datagram.
  const value = Array.from({ length: room }, () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (seed % 90));
  }).join("");
  a.keys.set("k", value, 0);
  a.keys.set("later", "small", 0);
  // Only the last message of a handshake has room for it: the owner must be the one who asks.
  for (let round = 0; round < 3; round++) handshake(a, b);
  assert.ok(valueAt(b, "a", "k") === value);
  assert.equal(valueAt(b, "a", "later"), "small");
  assert.throws(() => a.keys.set("k", `${value}x`, 0), {
    code: "invalid_argument",
    message: `key and value have ${room + 2} bytes, allowed are ${room + 1}: they must fit into one datagram`,
  });
  assert.ok(a.keys.get("k") === value);
});

test("G2: a key that starts with a character beyond ASCII is refused, and not passed on", () => {
  const [a, b, c] = [nodeOf("a"), nodeOf("b"), nodeOf("c")];
  assert.throws(() => a.keys.set("é", "1", 0), { code: "invalid_argument", message: /ASCII/ });
  assert.throws(() => a.keys.set("a\ud800", "1", 0), {
    code: "invalid_argument",
    message: /surrogate/,
  });
  a.keys.set("naïve", "é", 0);
  const brave = nodeOf("brave", { allowNonAsciiKeys: true });
  brave.keys.set("é", "1", 0);
  brave.keys.set("z", "2", 0);
  brave.keys.set("ü", "3", 0);
  for (let round = 0; round < 3; round++) handshake(a, brave);
  assert.equal(valueAt(a, "brave", "é"), "1");
  for (let round = 0; round < 3; round++) handshake(b, a);
  assert.equal(valueAt(b, "brave", "é"), undefined);
  assert.equal(valueAt(b, "brave", "z"), "2");
  assert.equal(valueAt(b, "a", "naïve"), "é");
  // The gap is not offered again and again: versions count as reached.
  assert.deepEqual(
    b.cluster.nodes().map(({ state }) => state.maxVersion),
    [1n, 0n, 3n],
  );
  for (let round = 0; round < 2; round++) handshake(c, b);
  assert.equal(valueAt(c, "brave", "z"), "2");
});

test("G3: nobody but a node itself changes its keys and versions", () => {
  const node = nodeOf("n");
  node.keys.set("mine", "1", 0);
  const forged = { id: node.id, lastGcVersion: 0n, fromVersionExcluded: 0n };
  const keyValues = [update("mine", 50n), update("forged", 51n)];
  node.handle(
    encodeMessage({ kind: "ack", delta: [{ ...forged, keyValues, maxVersion: 51n }] }),
    0,
  );
  const reset = { ...forged, lastGcVersion: 99n, keyValues: [], maxVersion: 0n };
  node.handle(encodeMessage({ kind: "ack", delta: [reset] }), 0);
  assert.equal(node.keys.get("mine"), "1");
  assert.equal(node.keys.get("forged"), undefined);
  assert.equal(node.cluster.self.maxVersion, 1n);
  assert.equal(node.cluster.self.lastGcVersion, 0n);
});

test("a delta that ends below its own key-values is ignored, and the node goes on", () => {
  const node = nodeOf("n");
  const other = idOf("other");
  teach(node, other, {
    lastGcVersion: 0n,
    fromVersionExcluded: 0n,
    keyValues: [update("a", 5n)],
    maxVersion: 3n,
  });
  assert.equal(valueAt(node, "other", "a"), undefined);
  teach(node, other, {
    lastGcVersion: 0n,
    fromVersionExcluded: 0n,
    keyValues: [update("a", 5n)],
    maxVersion: 5n,
  });
  assert.equal(valueAt(node, "other", "a"), "v");
});

test("an ordinary delta leaves the collected version alone; a reset sets it", () => {
  const node = nodeOf("n");
  const other = idOf("other");
  teach(node, other, {
    lastGcVersion: 0n,
    fromVersionExcluded: 0n,
    keyValues: [update("a", 5n)],
    maxVersion: 5n,
  });
  teach(node, other, {
    lastGcVersion: 4n,
    fromVersionExcluded: 5n,
    keyValues: [update("b", 6n)],
    maxVersion: 6n,
  });
  const state = node.cluster.nodes().find(({ state: { id } }) => id.nodeId === "other")?.state;
  assert.equal(state?.lastGcVersion, 0n);
  teach(node, other, {
    lastGcVersion: 9n,
    fromVersionExcluded: 0n,
    keyValues: [update("c", 3n)],
    maxVersion: 3n,
  });
  assert.deepEqual([state?.lastGcVersion, state?.maxVersion], [9n, 3n]);
  assert.deepEqual(
    [...(state?.entries() ?? [])].map(([key]) => key),
    ["c"],
  );
});

test("a forgotten node comes back only with a higher heartbeat, and the oldest memory goes first", () => {
  const limits = { ...CHITCHAT_DEFAULTS, forgottenNodesMax: 2 };
  const cluster = new ClusterState(idOf("self"), limits);
  for (const name of ["x", "y", "z"]) {
    cluster.reportHeartbeat(name, idOf(name), 7n, 0);
    cluster.forget(name);
  }
  assert.equal(cluster.reportHeartbeat("z", idOf("z"), 7n, 0), "ignored");
  assert.equal(cluster.get("z"), undefined);
  assert.equal(cluster.reportHeartbeat("z", idOf("z"), 8n, 0), "learned");
  assert.equal(cluster.reportHeartbeat("x", idOf("x"), 1n, 0), "learned");
});

test("the state of a node stops growing at its limit, and catches up when there is room", () => {
  const small = nodeOf("small", { nodeStateBytesMax: 2_000 });
  const large = nodeOf("large");
  for (let at = 0; at < 100; at++) large.keys.set(`key-${at}`, "x".repeat(50), 0);
  for (let round = 0; round < 3; round++) handshake(small, large);
  const state = small.cluster.nodes().find(({ state: { id } }) => id.nodeId === "large")?.state;
  assert.ok(state !== undefined && state.bytes <= 2_000 && state.bytes > 1_500, `${state?.bytes}`);
  assert.throws(
    () => {
      for (let at = 0; at < 100; at++) small.keys.set(`key-${at}`, "x".repeat(50), 0);
    },
    { code: "overloaded", message: /nodeStateBytesMax is 2000/ },
  );
});

test("a name longer than any real one is not taken in", () => {
  const node = nodeOf("n");
  teach(node, idOf("x".repeat(2_000)));
  assert.equal(node.cluster.size, 1);
  assert.equal(node.nodesRefused, 1);
});

test("a digest of all nodes that fit stays below what stops nodes of the Rust library", () => {
  const node = nodeOf("n");
  for (let at = 0; at < 3_000; at++) teach(node, idOf(`node-${10_000 + at}`, 1n, 1 + at));
  assert.ok(node.syn(0).length < 64_100);
  const reply = node.handle(encodeMessage({ kind: "syn", clusterId: "c", digest: [] }), 0);
  assert.ok(reply.kind === "reply" && reply.datagram.length <= 65_507);
});

test("the next generation is above all known ones of that name, also at the end of the range", () => {
  const own = idOf("n", 5n);
  assert.equal(nextGeneration(own, []), 6n);
  assert.equal(nextGeneration(own, [idOf("n", 9n), idOf("other", 99n)]), 10n);
  assert.equal(nextGeneration(own, [idOf("n", 2n ** 64n - 1n), idOf("n", 6n)]), 7n);
  assert.equal(nextGeneration(idOf("n", 2n ** 64n - 1n), [idOf("n", 1n)]), 2n);
});

test("a round goes to three live nodes, and to dead ones and seeds as often as it should", () => {
  const rng = createSeededRng(2);
  const address = (port: number) => ({ host: "127.0.0.1", port });
  const live = Array.from({ length: 9 }, (_, at) => address(1 + at));
  const counts = { live: 0, dead: 0, seed: 0 };
  for (let round = 0; round < 10_000; round++) {
    const targets = selectTargets(
      { peers: live, live, dead: [address(20), address(21)], seeds: [address(30)] },
      rng,
    );
    assert.equal(new Set(targets.slice(0, 3)).size, 3);
    counts.live += targets.filter(({ port }) => port < 10).length;
    counts.dead += targets.filter(({ port }) => port === 20 || port === 21).length;
    counts.seed += targets.filter(({ port }) => port === 30).length;
  }
  assert.equal(counts.live, 30_000);
  assert.ok(Math.abs(counts.dead - 2_000) < 200, `${counts.dead}`);
  assert.ok(Math.abs(counts.seed - 909) < 120, `${counts.seed}`);
});

test("a lonely node asks its seed each round; known but not yet live nodes are asked too", () => {
  const rng = createSeededRng(3);
  const seed = { host: "127.0.0.1", port: 9 };
  const none = { peers: [], live: [], dead: [], seeds: [seed] };
  assert.deepEqual(selectTargets(none, rng), [seed]);
  assert.deepEqual(selectTargets({ ...none, peers: [seed] }, rng).length, 2);
  assert.deepEqual(selectTargets({ ...none, seeds: [] }, rng), []);
});

interface RecordedSnapshot {
  readonly cluster_id: string;
  readonly cluster_state: {
    readonly node_states: readonly JsonState[];
    readonly seed_addrs: readonly string[];
  };
  readonly live_nodes: readonly JsonId[];
  readonly dead_nodes: readonly JsonId[];
}

test("the JSON of a state is the recorded one, byte for byte", () => {
  const url = new URL("../../test/fixtures/state_example.json", import.meta.url);
  const text = readFileSync(url, "utf8").trim();
  const recorded = JSON.parse(text) as RecordedSnapshot;
  const toSnapshotId = (json: JsonId) => ({
    node_id: json.node_id,
    generation_id: idFromJson(json).generationId,
    gossip_advertise_addr: json.gossip_advertise_addr,
  });
  const snapshot: StateSnapshot = {
    cluster_id: recorded.cluster_id,
    cluster_state: {
      node_states: snapshotNodes(
        recorded.cluster_state.node_states.map((json) => stateFromJson(json)),
      ),
      seed_addrs: recorded.cluster_state.seed_addrs,
    },
    live_nodes: recorded.live_nodes.map(toSnapshotId),
    dead_nodes: recorded.dead_nodes.map(toSnapshotId),
  };
  assert.equal(stringifySnapshot(snapshot), text);
  assert.equal(stringifySnapshot(snapshot, 2), JSON.stringify(recorded, undefined, 2));
});

test("JSON keeps numbers above 2^53 and the order of keys that look like numbers", () => {
  const node = nodeOf("n");
  node.cluster.self.heartbeat = 2n ** 64n - 1n;
  for (const key of ["b", "10", "9", "__proto__", ""]) node.keys.set(key, `"${key}"`, 0);
  const json = stringifySnapshot({
    cluster_id: "c",
    cluster_state: { node_states: snapshotNodes([node.cluster.self]), seed_addrs: [] },
    live_nodes: [],
    dead_nodes: [],
  });
  assert.match(json, /"heartbeat":18446744073709551615,/);
  const keys = [...json.matchAll(/"([^"]*)":\{"value"/g)].map(([, key]) => key);
  assert.deepEqual(keys, ["", "10", "9", "__proto__", "b"]);
});

test("a farewell is read by peers that are up to date, without any handshake", () => {
  const [a, b] = [nodeOf("a"), nodeOf("b")];
  a.keys.set("k", "v", 0);
  handshake(b, a);
  b.handle(a.leave(1), 1);
  assert.equal(b.cluster.nodes().find(({ state }) => state.id.nodeId === "a")?.state.hasLeft, true);
  assert.equal(decodeMessage(a.leave(2)).kind, "ack");
});
