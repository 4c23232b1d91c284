/** Snapshots over real sockets: T12 and T13 of docs/spec/rpc.md. */
import assert from "node:assert/strict";
import { afterEach, it } from "node:test";
import { eventually } from "@caucus/base/testing";
import {
  CountingSource,
  outcomeOf,
  snapshotHeader,
  type TransportPair,
} from "../testing/peer-transport-conformance.ts";
import { RecordingHandler, RecordingReceiver } from "../testing/recording-handler.ts";
import { CLUSTER, connect, startNode, type TestNode, type TestNodeOptions } from "./test-node.ts";

let nodes: TestNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  nodes = [];
});

async function startPair(
  handler: RecordingHandler,
  config: TestNodeOptions["config"] = {},
): Promise<TransportPair & { bNode: TestNode; aNode: TestNode }> {
  const aNode = await startNode({ label: 1, handler: new RecordingHandler(), config });
  const bNode = await startNode({ label: 2, handler, config });
  nodes.push(aNode, bNode);
  await connect(aNode, bNode);
  const [a, b] = [aNode.transport, bNode.transport];
  const keys = { aKey: aNode.member.key, bKey: bNode.member.key };
  return { cluster: CLUSTER, ...keys, a, b, aNode, bNode, stop: async () => {} };
}

const CHUNK_BYTES = 256 * 1024;

it("T12: chunks are pulled only as the receiver takes them", async () => {
  const handler = new RecordingHandler();
  const receiver = new RecordingReceiver();
  receiver.manual = true;
  handler.receiver = receiver;
  const pair = await startPair(handler);
  const header = snapshotHeader(pair);
  const source = new CountingSource(header.meta, 400, CHUNK_BYTES);
  const outcome = outcomeOf(pair.a, header, source);
  await eventually("the first chunk is there", () => receiver.chunks.length === 1);
  let [seen, still] = [0, 0];
  await eventually("the sender stands still", () => {
    still = source.taken === seen ? still + 1 : 0;
    seen = source.taken;
    return still > 20;
  });
  assert.equal(receiver.chunks.length, 1);
  assert.ok(source.taken < 100, `${source.taken} of 400 chunks were pulled for one taken`);
  receiver.manual = false;
  receiver.takeNext();
  assert.equal(await outcome, "delivered");
  assert.equal(receiver.chunks.length, 400);
});

it("T13: a snapshot for another key or cluster is refused without asking Raft", async () => {
  const handler = new RecordingHandler();
  handler.receiver = new RecordingReceiver();
  const pair = await startPair(handler);
  const header = { ...snapshotHeader(pair), cluster: "c".repeat(32) };
  assert.equal(await outcomeOf(pair.a, header, new CountingSource(header.meta, 2)), "refused");
  assert.equal(handler.headers.length, 0);
});

it("T13: a sender that goes away midway aborts the receiver", async () => {
  const handler = new RecordingHandler();
  const receiver = new RecordingReceiver();
  receiver.manual = true;
  handler.receiver = receiver;
  const pair = await startPair(handler);
  const header = snapshotHeader(pair);
  const source = new CountingSource(header.meta, 50, CHUNK_BYTES);
  const outcome = outcomeOf(pair.a, header, source);
  await eventually("the first chunk is there", () => receiver.chunks.length === 1);
  await pair.aNode.stop();
  assert.equal(await outcome, "failed");
  await eventually("the receiver is told", () => receiver.aborted === 1);
  assert.equal(handler.installs.length, 0);
});

it("T13: a receiver that goes away midway fails the sender", async () => {
  const handler = new RecordingHandler();
  const receiver = new RecordingReceiver();
  receiver.manual = true;
  handler.receiver = receiver;
  const pair = await startPair(handler);
  const header = snapshotHeader(pair);
  const source = new CountingSource(header.meta, 50, CHUNK_BYTES);
  const outcome = outcomeOf(pair.a, header, source);
  await eventually("the first chunk is there", () => receiver.chunks.length === 1);
  await pair.bNode.stop();
  assert.equal(await outcome, "failed");
  assert.equal(receiver.aborted, 1);
});

it("T13: a receiver that stands still is given up", async () => {
  const handler = new RecordingHandler();
  const receiver = new RecordingReceiver();
  receiver.manual = true;
  handler.receiver = receiver;
  const pair = await startPair(handler, { snapshotStallMs: 150 });
  const header = snapshotHeader(pair);
  const source = new CountingSource(header.meta, 400, CHUNK_BYTES);
  assert.equal(await outcomeOf(pair.a, header, source), "failed");
  await eventually("the receiver is told", () => receiver.aborted === 1);
});

it("T13: one snapshot at a time goes to a peer", async () => {
  const handler = new RecordingHandler();
  handler.receiver = new RecordingReceiver();
  const pair = await startPair(handler);
  const header = snapshotHeader(pair);
  const first = outcomeOf(pair.a, header, new CountingSource(header.meta, 20));
  const second = outcomeOf(pair.a, header, new CountingSource(header.meta, 20));
  assert.deepEqual(await Promise.all([first, second]), ["delivered", "failed"]);
});
