/** The message streams over real sockets: T6 to T11 of docs/spec/rpc.md. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, it } from "node:test";
import { eventually } from "@caucus/base/testing";
import { encodeMessages } from "@caucus/raft";
import { Client, type ClientDuplexStream, credentials } from "@grpc/grpc-js";
import type { PeerLinkStatus } from "../src/grpc-peer-transport.ts";
import type { HelloMessage, PeerAnswer, PeerMessage } from "../src/proto-types.ts";
import { peerService } from "../src/service-definitions.ts";
import { numbered, numbersOf } from "../testing/peer-transport-conformance.ts";
import { RecordingHandler } from "../testing/recording-handler.ts";
import { MemoryLogger } from "./memory-logger.ts";
import {
  CLUSTER,
  connect,
  isOpen,
  keyOf,
  startNode,
  type TestNode,
  type TestNodeOptions,
} from "./test-node.ts";

const OTHER_CLUSTER = "c0000000000000000000000000000002";

const stops: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start(options: TestNodeOptions): Promise<TestNode> {
  const node = await startNode(options);
  stops.push(node.stop);
  return node;
}

/** A stream that says what a test wants, not what the transport would. */
function rawStream(node: TestNode): {
  call: ClientDuplexStream<PeerMessage, PeerAnswer>;
  answers: PeerAnswer[];
} {
  const client = new Client(node.member.rpcAddress, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = peerService.Messages;
  const call: ClientDuplexStream<PeerMessage, PeerAnswer> = client.makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
  );
  const answers: PeerAnswer[] = [];
  call.on("data", (answer: PeerAnswer) => answers.push(answer));
  call.on("error", () => {});
  stops.push(() => {
    call.cancel();
    client.close();
  });
  return { call, answers };
}

function hello(node: TestNode, change: Partial<HelloMessage> = {}): PeerMessage {
  const member = { key: keyOf(9), label: 9, rpcAddress: "127.0.0.1:1", apiAddress: "" };
  const { key } = node.member;
  return {
    hello: { protocol: 1, cluster: CLUSTER, member, expectedKey: key, startCounter: 5, ...change },
  };
}

it("T6: another cluster is refused, by the name of the own one", async () => {
  const b = await start({ label: 2, handler: new RecordingHandler() });
  const logger = new MemoryLogger();
  const a = await start({ label: 1, cluster: OTHER_CLUSTER, logger });
  a.transport.setPeers([b.member]);
  await eventually("the refusal is logged", () => logger.count(/belongs to cluster/) === 1);
  assert.match(
    logger.lines[0] ?? "",
    new RegExp(`belongs to cluster ${CLUSTER}, not ${OTHER_CLUSTER}`),
  );
  assert.notEqual(a.transport.peerStatus(b.member.key)?.state, "open");
});

it("T6: a wrong key at the address is reported once, by the name of the real one", async () => {
  const b = await start({ label: 2, handler: new RecordingHandler() });
  const logger = new MemoryLogger();
  const a = await start({ label: 1, logger, config: { reconnectMaxMs: 30 } });
  const { rpcAddress } = b.member;
  a.transport.setPeers([{ ...b.member, key: keyOf(3) }]);
  const { answers, call } = rawStream(b);
  call.write(hello(b, { expectedKey: keyOf(3) }));
  await eventually("an answer", () => answers.length === 1);
  assert.equal(answers[0]?.refusal?.key, b.member.key);
  await eventually("it is logged", () => logger.lines.length > 0);
  // Ten times the back-off: there were many attempts by now.
  const later = performance.now() + 300;
  await eventually("some attempts later", () => performance.now() > later);
  assert.deepEqual(logger.lines, [
    `peer at ${rpcAddress} answers with another key ${keyOf(2)}, not ${keyOf(3)}`,
  ]);
  assert.match(a.transport.peerStatus(keyOf(3))?.refusal ?? "", /another key/);
});

it("T7: a start counter that went back is refused and logged as an error", async () => {
  const logger = new MemoryLogger();
  const b = await start({ label: 2, handler: new RecordingHandler(), logger });
  for (const startCounter of [5, 5, 6]) {
    const { answers, call } = rawStream(b);
    call.write(hello(b, { startCounter }));
    await eventually("an answer", () => answers.length === 1);
    assert.ok(answers[0]?.welcome, `counter ${startCounter}`);
  }
  const clone = rawStream(b);
  clone.call.write(hello(b, { startCounter: 5 }));
  await eventually("an answer", () => clone.answers.length === 1);
  assert.equal(clone.answers[0]?.refusal?.reason, "OLD_START");
  assert.equal(logger.count(/start counter 5 of 0+9, but 6 was seen: this is a copy/), 1);
});

it("T7: a peer that answers with a start counter that went back is not used", async () => {
  const logger = new MemoryLogger();
  const b = await start({ label: 2, handler: new RecordingHandler(), startCounter: 3 });
  const a = await start({ label: 1, handler: new RecordingHandler(), logger });
  a.registry.greet(b.member.key, 4, b.member.rpcAddress);
  a.transport.setPeers([b.member]);
  await eventually("it is logged", () => logger.count(/has start counter 3, 4 was seen/) === 1);
  assert.equal(isOpen(a, b), false);
});

it("T6: a newer protocol, an own key, a bad member and a missing handshake are refused", async () => {
  const b = await start({ label: 2, handler: new RecordingHandler() });
  const bad = { key: "no", label: 9, rpcAddress: "", apiAddress: "" };
  const attempts: readonly [PeerMessage, RegExp][] = [
    [hello(b, { protocol: 2 }), /protocol version 2, supported is 1/],
    [hello(b, { member: { ...b.member } }), /the caller has the key of this node/],
    [hello(b, { member: bad }), /member.key is "no", allowed are 32 hex digits/],
    [hello(b, { member: null }), /member is missing/],
    [{ frame: new Uint8Array(3) }, /protocol version 0/],
  ];
  for (const [message, expected] of attempts) {
    const { answers, call } = rawStream(b);
    call.write(message);
    await eventually(`an answer like ${expected}`, () => answers.length === 1);
    assert.match(answers[0]?.refusal?.message ?? "", expected);
  }
});

it("T6: before the node runs Raft peers hear that there is no cluster yet, then get in", async () => {
  const a = await start({ label: 1, handler: new RecordingHandler() });
  const b = await start({ label: 2 });
  a.transport.setPeers([b.member]);
  const refusal = (): string => a.transport.peerStatus(b.member.key)?.refusal ?? "";
  await eventually("the refusal", () => /no cluster yet/.test(refusal()));
  b.server.setPeerHandler(new RecordingHandler());
  await eventually("the stream", () => isOpen(a, b));
  assert.equal(refusal(), "");
});

it("T8: a frame for another key or cluster is dropped and answered with the own key", async () => {
  const handler = new RecordingHandler();
  const b = await start({ label: 2, handler });
  const from = keyOf(9);
  for (const [cluster, to] of [
    [CLUSTER, keyOf(7)],
    [OTHER_CLUSTER, keyOf(2)],
  ] as const) {
    const { answers, call } = rawStream(b);
    call.write(hello(b));
    call.write({ frame: encodeMessages({ cluster, from, to }, [numbered(from, to, 1)]) });
    await eventually("the refusal", () => answers.length === 2);
    assert.equal(answers[1]?.refusal?.key, b.member.key);
  }
  const damaged = rawStream(b);
  damaged.call.write(hello(b));
  damaged.call.write({ frame: Uint8Array.of(1, 2, 3) });
  await eventually("the refusal", () => damaged.answers.length === 2);
  assert.equal(handler.messages.length, 0);
});

it("T9: a peer that restarts on its port is reached again within 500 ms", async () => {
  const a = await start({ label: 1, handler: new RecordingHandler() });
  const first = await start({ label: 2, handler: new RecordingHandler() });
  await connect(a, first);
  await first.stop();
  await eventually("the loss is seen", () => !isOpen(a, first));
  // Long enough for the back-off to have reached its maximum.
  const down = performance.now() + 1_200;
  await eventually("it is down for a while", () => performance.now() > down);
  const handler = new RecordingHandler();
  const again = { label: 2, handler, startCounter: 2, address: first.member.rpcAddress };
  const second = await start(again);
  second.transport.setPeers([a.member]);
  await eventually("a's stream stands again", () => isOpen(a, second), 500);
  a.transport.send(numbered(a.member.key, second.member.key, 7));
  await eventually("a message arrives", () => numbersOf(handler.messages).includes(7));
});

it("T9: a peer that comes back elsewhere is found by its own call", async () => {
  const a = await start({ label: 1, handler: new RecordingHandler() });
  const first = await start({ label: 2, handler: new RecordingHandler() });
  await connect(a, first);
  await first.stop();
  const second = await start({ label: 2, handler: new RecordingHandler(), startCounter: 2 });
  second.transport.setPeers([a.member]);
  await eventually("a's stream stands again", () => isOpen(a, second));
});

it("T9: a member that is not in the configuration is answered where it called from", async () => {
  const leader = new RecordingHandler();
  const a = await start({ label: 1, handler: leader });
  const b = await start({ label: 2, handler: new RecordingHandler() });
  a.transport.setPeers([b.member]);
  await eventually("a has called b", () => isOpen(a, b));
  b.transport.send(numbered(b.member.key, a.member.key, 3));
  await eventually("the answer arrives", () => numbersOf(leader.messages).includes(3));
});

it("T10: a full queue drops, and never blocks or throws", async () => {
  const config = { queueMessagesMax: 10 };
  const a = await start({ label: 1, handler: new RecordingHandler(), config });
  const handler = new RecordingHandler();
  const b = await start({ label: 2, handler });
  await connect(a, b);
  for (let number = 0; number < 50; number++) {
    a.transport.send(numbered(a.member.key, b.member.key, number));
  }
  await eventually("what fits arrives", () => handler.messages.length === 10);
  assert.deepEqual(numbersOf(handler.messages), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(a.transport.peerStatus(b.member.key)?.dropped, 40);
  a.transport.send(numbered(a.member.key, b.member.key, 50));
  await eventually("the next arrives", () => handler.messages.length === 11);
});

it("T10: a peer that takes connections and says nothing is given up, its queue bounded", async () => {
  const sockets: Socket[] = [];
  const mute = createServer((socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  mute.listen(0, "127.0.0.1");
  await once(mute, "listening");
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    mute.close();
  });
  const config = { handshakeTimeoutMs: 100, queueMessagesMax: 5 };
  const a = await start({ label: 1, handler: new RecordingHandler(), config });
  const rpcAddress = `127.0.0.1:${(mute.address() as AddressInfo).port}`;
  a.transport.setPeers([{ key: keyOf(2), label: 2, rpcAddress, apiAddress: "" }]);
  const status = (): PeerLinkStatus | undefined => a.transport.peerStatus(keyOf(2));
  assert.equal(status()?.state, "connecting");
  for (let number = 0; number < 8; number++) {
    a.transport.send(numbered(a.member.key, keyOf(2), number));
  }
  assert.equal(status()?.dropped, 3);
  await eventually("it is given up and tried again", () => sockets.length > 1);
  assert.equal(status()?.dropped, 8);
});

it("T11: a peer that is removed is called no more; contact is measured", async () => {
  const a = await start({ label: 1, handler: new RecordingHandler() });
  const b = await start({ label: 2, handler: new RecordingHandler() });
  await connect(a, b);
  assert.ok((a.transport.lastContactMs(b.member.key) ?? Infinity) < 5_000);
  a.transport.setPeers([a.member]);
  assert.equal(a.transport.peerStatus(b.member.key), undefined);
});
