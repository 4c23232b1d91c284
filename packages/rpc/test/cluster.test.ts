/** The Cluster service over real sockets: T14 to T16 of docs/spec/rpc.md. */
import assert from "node:assert/strict";
import { afterEach, it } from "node:test";
import { CaucusError } from "@caucus/base";
import { eventually } from "@caucus/base/testing";
import type {
  BootstrapPromise,
  ClusterHandler,
  ForwardedReply,
  ForwardedWrite,
  JoinReply,
  JoinRequest,
  PromiseReply,
} from "../src/cluster-calls.ts";
import { GrpcClusterCalls } from "../src/grpc-cluster-calls.ts";
import { type RpcOptions, resolveRpcConfig } from "../src/rpc-config.ts";
import { CLUSTER, keyOf, startNode, type TestNode } from "./test-node.ts";

const stops: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start(calls: Partial<ClusterHandler>): Promise<TestNode> {
  const node = await startNode({ label: 2, calls });
  stops.push(node.stop);
  return node;
}

function client(limits: RpcOptions = {}): GrpcClusterCalls {
  const calls = new GrpcClusterCalls(resolveRpcConfig(limits));
  stops.push(() => calls.close());
  return calls;
}

const MEMBER = { key: keyOf(1), label: 1, rpcAddress: "127.0.0.1:1", apiAddress: "127.0.0.1:2" };

/** An address where nobody listens any more. */
async function deadAddress(): Promise<string> {
  const node = await startNode({ label: 8 });
  await node.stop();
  return node.member.rpcAddress;
}

it("T14: a node tells who it is, with and without a cluster and a leader", async () => {
  const identity = {
    member: MEMBER,
    cluster: undefined,
    startCounter: 3,
    lastIndex: 2 ** 50,
    leader: undefined,
  };
  let current: ReturnType<ClusterHandler["identify"]> = identity;
  const { rpcAddress } = (await start({ identify: () => current })).member;
  const calls = client();
  assert.deepEqual(await calls.identify(rpcAddress, 2_000), identity);
  current = { ...identity, cluster: CLUSTER, leader: { ...MEMBER, label: 2 ** 40 } };
  assert.deepEqual(await calls.identify(rpcAddress, 2_000), current);
});

it("T14: every request and every kind of reply arrives as it was given", async () => {
  const seen: unknown[] = [];
  const promises: PromiseReply[] = [
    { kind: "granted" },
    { kind: "refused", message: "promised to another" },
    { kind: "member", cluster: CLUSTER },
  ];
  const joins: JoinReply[] = [
    { kind: "member" },
    { kind: "not-leader", leader: MEMBER },
    { kind: "not-leader", leader: undefined },
    { kind: "wait", message: "a change is in progress" },
    { kind: "refused", message: "removed" },
  ];
  let promiseReply = promises[0] as PromiseReply;
  let joinReply = joins[0] as JoinReply;
  const record = (...args: unknown[]): Promise<void> => Promise.resolve(void seen.push(args));
  const { rpcAddress } = (
    await start({
      promise: (request) => record("promise", request).then(() => promiseReply),
      withdraw: (asker, cluster) => record("withdraw", asker, cluster),
      invite: (asker, cluster) => record("invite", asker, cluster),
      join: (request) => record("join", request).then(() => joinReply),
      admin: (request) => record("admin", request).then(() => ({ failed: true, body: "{}" })),
    })
  ).member;
  const calls = client();
  const promise: BootstrapPromise = { asker: keyOf(1), cluster: CLUSTER, members: [MEMBER] };
  for (promiseReply of promises) {
    assert.deepEqual(await calls.promise(rpcAddress, promise, 2_000), promiseReply);
  }
  const join: JoinRequest = {
    cluster: CLUSTER,
    member: MEMBER,
    startCounter: 4,
    lastIndex: 5,
    nominated: true,
  };
  for (joinReply of joins) {
    assert.deepEqual(await calls.join(rpcAddress, join, 2_000), joinReply);
  }
  seen.length = 0;
  await calls.withdraw(rpcAddress, keyOf(1), CLUSTER, 2_000);
  await calls.invite(rpcAddress, keyOf(1), CLUSTER, 2_000);
  const admin = { method: "add-learner", body: '{"label":3}' } as const;
  const reply = await calls.admin(rpcAddress, admin, 2_000);
  assert.deepEqual(reply, { failed: true, body: "{}" });
  assert.deepEqual(seen, [
    ["withdraw", keyOf(1), CLUSTER],
    ["invite", keyOf(1), CLUSTER],
    ["admin", admin],
  ]);
});

it("T15: failures are CaucusErrors: unreachable, too late, malformed, and the handler's own", async () => {
  const { rpcAddress } = (
    await start({
      promise: () => Promise.reject(new CaucusError("conflict", "busy")),
      join: () => new Promise(() => {}),
      admin: () => {
        throw new Error("boom");
      },
    })
  ).member;
  const calls = client();
  const promise = { asker: keyOf(1), cluster: CLUSTER, members: [MEMBER] };
  const join = {
    cluster: CLUSTER,
    member: MEMBER,
    startCounter: 1,
    lastIndex: 0,
    nominated: false,
  };
  const dead = await deadAddress();
  await assert.rejects(calls.identify(dead, 2_000), { name: "CaucusError", code: "unavailable" });
  await assert.rejects(calls.join(rpcAddress, join, 60), { code: "timeout" });
  await assert.rejects(calls.promise(rpcAddress, promise, 2_000), {
    code: "conflict",
    message: `/caucus.v1.Cluster/Promise to ${rpcAddress}: busy`,
  });
  await assert.rejects(calls.promise(rpcAddress, { ...promise, asker: "x" }, 2_000), {
    code: "invalid_argument",
    message: /asker is "x", allowed are 32 hex digits/,
  });
  const nobody = { ...promise, members: [] };
  await assert.rejects(calls.promise(rpcAddress, nobody, 2_000), /0 members, allowed are 1 to 64/);
  const label = { ...join, member: { ...MEMBER, label: 0 } };
  await assert.rejects(calls.join(rpcAddress, label, 2_000), /member.label is 0/);
  const far = { ...join, member: { ...MEMBER, rpcAddress: "x".repeat(256) } };
  await assert.rejects(calls.join(rpcAddress, far, 2_000), /256 bytes, allowed are 255/);
  const method = { method: "format-disk", body: "" } as unknown as Parameters<
    typeof calls.admin
  >[1];
  await assert.rejects(calls.admin(rpcAddress, method, 2_000), /method is "format-disk"/);
  const known = { method: "add-learner", body: "" } as const;
  await assert.rejects(calls.admin(rpcAddress, known, 2_000), { code: "internal" });
});

interface Forwarded {
  readonly write: ForwardedWrite;
  readonly reply: (reply: ForwardedReply) => void;
}

function forwardTo(
  calls: GrpcClusterCalls,
  address: string,
  replies: ForwardedReply[],
  timeoutMs = 5_000,
): void {
  const data = new TextEncoder().encode("command");
  calls.forward(address, { data, timeoutMs }, (reply) => replies.push(reply));
}

function textOf(reply: ForwardedReply | undefined): string {
  return new TextDecoder().decode(reply?.data);
}

it("T16: each write is answered once, in any order, with its own answer", async () => {
  const taken: Forwarded[] = [];
  const { rpcAddress } = (
    await start({ forward: (write, reply) => void taken.push({ write, reply }) })
  ).member;
  const calls = client();
  const outcomes: [number, ForwardedReply][] = [];
  for (let at = 0; at < 100; at++) {
    const data = Uint8Array.of(at);
    calls.forward(rpcAddress, { data, timeoutMs: 5_000 }, (reply) => outcomes.push([at, reply]));
  }
  await eventually("all are taken", () => taken.length === 100);
  const kinds = ["applied", "not-appended", "unknown"] as const;
  for (const { write, reply } of taken.reverse()) {
    const at = write.data[0] ?? -1;
    const kind = kinds[at % 3] ?? "unknown";
    reply({ number: write.number, kind, data: Uint8Array.of(at, at), index: at, term: 4 });
  }
  await eventually("all are answered", () => outcomes.length === 100);
  for (const [at, reply] of outcomes) {
    const { kind, data, index, term } = reply;
    const expected = { kind: kinds[at % 3], data: [at, at], index: at, term: 4 };
    assert.deepEqual({ kind, data: [...data], index, term }, expected);
  }
});

it("T16: on a broken stream what was sent is unknown", async () => {
  let taken = 0;
  const node = await start({ forward: () => void taken++ });
  const calls = client();
  const replies: ForwardedReply[] = [];
  forwardTo(calls, node.member.rpcAddress, replies);
  await eventually("it is taken", () => taken === 1);
  await node.stop();
  await eventually("it is answered", () => replies.length === 1);
  assert.equal(replies[0]?.kind, "unknown");
});

it("T16: what never reached a stream is not-appended", async () => {
  const calls = client();
  const replies: ForwardedReply[] = [];
  const dead = await deadAddress();
  forwardTo(calls, dead, replies);
  assert.equal(replies.length, 0, "answered inside the call");
  await eventually("it is answered", () => replies.length === 1);
  assert.equal(replies[0]?.kind, "not-appended");
  assert.match(new TextDecoder().decode(replies[0]?.data), new RegExp(dead));
});

it("T16: a stream that broke is opened again by the next write", async () => {
  const node = await start({ forward: () => {} });
  const calls = client();
  const replies: ForwardedReply[] = [];
  const { rpcAddress } = node.member;
  await node.stop();
  forwardTo(calls, rpcAddress, replies);
  await eventually("the first is answered", () => replies.length === 1);
  const again = await startNode({
    label: 2,
    address: rpcAddress,
    calls: {
      forward: ({ number }, reply) =>
        reply({ number, kind: "applied", data: new Uint8Array(), index: 1, term: 1 }),
    },
  });
  stops.push(again.stop);
  forwardTo(calls, rpcAddress, replies);
  await eventually("the second is answered", () => replies.length === 2);
  assert.equal(replies[1]?.kind, "applied");
});

it("T16: a write without an answer in time is unknown; one beyond the limit not-appended", async () => {
  const { rpcAddress } = (await start({ forward: () => {} })).member;
  const calls = client({ forwardsMax: 2 });
  const replies: ForwardedReply[] = [];
  for (let count = 0; count < 3; count++) forwardTo(calls, rpcAddress, replies, 150);
  await eventually("all are answered", () => replies.length === 3);
  assert.deepEqual(
    replies.map(({ kind }) => kind),
    ["not-appended", "unknown", "unknown"],
  );
  assert.match(textOf(replies[0]), /overloaded: 2 forwarded writes already wait/);
  const small = client({ forwardBytesMax: 10 });
  for (let count = 0; count < 2; count++) forwardTo(small, rpcAddress, replies, 150);
  await eventually("the one above the bytes is answered", () => replies.length === 4);
  assert.match(textOf(replies[3]), /overloaded: 10 bytes of forwarded writes already wait/);
});

it("T16: closing answers everything", async () => {
  const { rpcAddress } = (await start({ forward: () => {} })).member;
  const calls = client();
  const replies: ForwardedReply[] = [];
  forwardTo(calls, rpcAddress, replies);
  calls.close();
  assert.equal(replies.length, 1);
  forwardTo(calls, rpcAddress, replies);
  await eventually("the later one too", () => replies.length === 2);
  await assert.rejects(calls.identify(rpcAddress, 100), { code: "unavailable" });
});
