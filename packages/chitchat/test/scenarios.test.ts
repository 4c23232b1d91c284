// G12, G5: state transitions recorded from the Rust library: deltas computed and applied, handshakes, and the
// failure detector under a virtual clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { createSeededRng } from "@caucus/base";
import { CHITCHAT_DEFAULTS } from "../src/core/chitchat-config.ts";
import { chitchatIdKey } from "../src/core/chitchat-id.ts";
import { computeDelta } from "../src/core/compute-delta.ts";
import { deltaOps } from "../src/core/delta.ts";
import { FailureDetector } from "../src/core/failure-detector.ts";
import { GossipNode } from "../src/core/gossip-node.ts";
import type { NodeState } from "../src/core/node-state.ts";
import { decodeDelta, decodeMessage } from "../src/wire.ts";
import { zstd } from "../src/zstd.ts";
import { bytesOf, type RecordedOp, readFixture, recordedOps } from "./recorded.ts";
import {
  idFromJson,
  type JsonId,
  type JsonState,
  stateFromJson,
  stateToJson,
} from "./recorded-states.ts";

interface ComputeDelta {
  readonly kind: "compute_delta";
  readonly name: string;
  readonly input: {
    readonly states: readonly JsonState[];
    readonly digest: readonly {
      readonly chitchat_id: JsonId;
      readonly heartbeat: number;
      readonly last_gc_version: number;
      readonly max_version: number;
    }[];
    readonly mtu: number;
    readonly scheduled_for_deletion: readonly JsonId[];
  };
  readonly output: { readonly hex: string; readonly ops: readonly RecordedOp[] };
}

interface ApplyDelta {
  readonly kind: "apply_delta";
  readonly name: string;
  readonly input: { readonly states: readonly JsonState[]; readonly delta_hex: string };
  readonly output: {
    readonly panic: string | null;
    readonly contains_reset?: boolean;
    readonly states_after?: readonly JsonState[];
  };
}

interface Handshake {
  readonly kind: "handshake";
  readonly name: string;
  readonly cluster_id: string;
  readonly rounds: readonly {
    readonly before: Readonly<Record<"a" | "b", readonly JsonState[]>>;
    readonly steps: readonly {
      readonly from: "a" | "b";
      readonly to: "a" | "b";
      readonly hex: string;
      readonly receiver_state_after: readonly JsonState[];
    }[];
  }[];
}

interface FailureDetection {
  readonly kind: "failure_detector";
  readonly name: string;
  readonly config: {
    readonly phi_threshold: number;
    readonly sampling_window_size: number;
    readonly max_interval_ms: number;
    readonly initial_interval_ms: number;
    readonly dead_node_grace_period_ms: number;
  };
  readonly events: readonly {
    readonly t_ms: number;
    readonly event: "heartbeat" | "evaluate" | "garbage_collect";
    readonly phi?: number | null;
    readonly alive?: boolean;
    readonly dead?: boolean;
    readonly scheduled_for_deletion?: boolean;
    readonly num_removed?: number;
  }[];
}

interface Note {
  readonly kind: "note";
}

type Scenario = ComputeDelta | ApplyDelta | Handshake | FailureDetection | Note;

function testComputeDelta({ name, input, output }: ComputeDelta): void {
  test(`${name}: the delta is the recorded one`, () => {
    const scheduled = new Set(
      input.scheduled_for_deletion.map((id) => chitchatIdKey(idFromJson(id))),
    );
    const delta = computeDelta(
      {
        states: input.states
          .map((json) => stateFromJson(json))
          .filter((state) => !scheduled.has(chitchatIdKey(state.id))),
        digest: input.digest.map((entry) => ({
          id: idFromJson(entry.chitchat_id),
          heartbeat: BigInt(entry.heartbeat),
          lastGcVersion: BigInt(entry.last_gc_version),
          maxVersion: BigInt(entry.max_version),
        })),
        acceptBytesMax: input.mtu,
        bytesMax: 65_503,
        allowNonAsciiKeys: true,
      },
      zstd,
      createSeededRng(1),
    );
    assert.deepEqual(deltaOps(decodeDelta(delta)), recordedOps({ ops: output.ops }));
    assert.deepEqual(delta, bytesOf(output.hex));
  });
}

function testApplyDelta({ name, input, output }: ApplyDelta): void {
  const outcome = output.panic === null ? "leads to the recorded states" : "is survived";
  test(`${name}: applying ${outcome}`, () => {
    const states = new Map(
      input.states.map((json) => [
        chitchatIdKey(idFromJson(json.chitchat_id)),
        stateFromJson(json),
      ]),
    );
    let containsReset = false;
    for (const nodeDelta of decodeDelta(bytesOf(input.delta_hex))) {
      const result = states.get(chitchatIdKey(nodeDelta.id))?.apply(nodeDelta, 1, () => true);
      if (result?.kind === "applied" && result.isReset) containsReset = true;
    }
    if (output.panic !== null) return;
    assert.equal(containsReset, output.contains_reset);
    assert.deepEqual([...states.values()].map(stateToJson), output.states_after);
  });
}

function testHandshake({ name, cluster_id, rounds }: Handshake): void {
  test(`${name}: every datagram and every state is the recorded one`, () => {
    const first = rounds[0];
    assert.ok(first !== undefined);
    // Nothing else tells that the second node belongs to another cluster.
    const otherCluster = name.includes("bad_cluster") ? "another-cluster" : cluster_id;
    let nodes = {
      a: nodeFrom(first.before.a, cluster_id),
      b: nodeFrom(first.before.b, otherCluster),
    };
    for (const { before, steps } of rounds) {
      // "a" is the node that starts the round.
      if (!isDeepStrictEqual(statesOf(nodes.a), before.a)) nodes = { a: nodes.b, b: nodes.a };
      assert.deepEqual([statesOf(nodes.a), statesOf(nodes.b)], [before.a, before.b]);
      let pending: Uint8Array | undefined;
      for (const { from, to, hex, receiver_state_after } of steps) {
        const sent = pending ?? nodes[from].syn(0);
        assert.deepEqual(decodeMessage(sent), decodeMessage(bytesOf(hex)));
        assert.deepEqual(sent, bytesOf(hex));
        const outcome = nodes[to].handle(sent, 0);
        pending = "datagram" in outcome ? outcome.datagram : undefined;
        assert.deepEqual(statesOf(nodes[to]), receiver_state_after);
      }
    }
  });
}

function statesOf(node: GossipNode): JsonState[] {
  return node.cluster.nodes().map(({ state }) => stateToJson(state));
}

/** The recorded nodes know only themselves before the first round. */
function nodeFrom(states: readonly JsonState[], clusterId: string): GossipNode {
  assert.equal(states.length, 1);
  const own = states[0] as JsonState;
  const node = new GossipNode({
    id: idFromJson(own.chitchat_id),
    clusterId,
    config: CHITCHAT_DEFAULTS,
    compression: zstd,
    rng: createSeededRng(1),
  });
  stateFromJson(own, node.cluster.self);
  return node;
}

function testFailureDetector({ name, config, events }: FailureDetection): void {
  test(`${name}: phi, life and death follow the record`, () => {
    const detector = new FailureDetector({
      phiThreshold: config.phi_threshold,
      samplingWindowSize: config.sampling_window_size,
      maxIntervalMs: config.max_interval_ms,
      initialIntervalMs: config.initial_interval_ms,
      deadNodeGraceMs: config.dead_node_grace_period_ms,
    });
    for (const event of events) {
      const at = `at ${event.t_ms} ms`;
      if (event.event === "heartbeat") {
        detector.reportHeartbeat("node", event.t_ms);
      } else if (event.event === "garbage_collect") {
        assert.equal(detector.collect(event.t_ms).length, event.num_removed, at);
      } else {
        const phi = detector.phi("node", event.t_ms);
        detector.evaluate("node", event.t_ms);
        if (event.phi === null) assert.equal(phi, undefined, at);
        else assert.ok(Math.abs((phi as number) - (event.phi as number)) < 1e-9, `${phi} ${at}`);
        assert.equal(detector.isLive("node"), event.alive, at);
        assert.equal(detector.isDead("node"), event.dead, at);
        const isScheduled = detector.isScheduledForDeletion("node", event.t_ms);
        assert.equal(isScheduled, event.scheduled_for_deletion, at);
      }
    }
  });
}

for (const scenario of readFixture("scenarios") as Scenario[]) {
  if (scenario.kind === "compute_delta") testComputeDelta(scenario);
  else if (scenario.kind === "apply_delta") testApplyDelta(scenario);
  else if (scenario.kind === "handshake") testHandshake(scenario);
  else if (scenario.kind === "failure_detector") testFailureDetector(scenario);
}

test("oversize_synack: 34 nodes of large random values never make a datagram that can't be sent", () => {
  const rng = createSeededRng(7);
  const options = { clusterId: "c", config: CHITCHAT_DEFAULTS, compression: zstd, rng };
  const node = new GossipNode({ ...options, id: idOf("sender", 1) });
  const asker = new GossipNode({ ...options, id: idOf("asker", 2) });
  const random = (length: number): string =>
    Array.from({ length }, () => String.fromCharCode(32 + Math.floor(rng.next() * 95))).join("");
  for (let at = 0; at < 34; at++) node.keys.set(`key-${at}`, random(1_700), 0);
  for (let size = 1; size < 1_700; size += 7) {
    node.keys.set("last", random(size), 0);
    const reply = node.handle(asker.syn(0), 0);
    assert.ok(reply.kind === "reply" && reply.datagram.length <= 65_507);
  }
});

function idOf(nodeId: string, port: number): NodeState["id"] {
  return { nodeId, generationId: 1n, gossipAdvertiseAddress: { host: "127.0.0.1", port } };
}
