/** The server itself: T17 to T19 of docs/spec/rpc.md. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, connect as openSocket, type Socket } from "node:net";
import { afterEach, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { ErrorCode } from "@caucus/base";
import { eventually } from "@caucus/base/testing";
import { GrpcClusterCalls } from "../src/grpc-cluster-calls.ts";
import { grpcStatusOf } from "../src/grpc-status.ts";
import { RPC_DEFAULTS, resolveRpcConfig } from "../src/rpc-config.ts";
import { numbered } from "../testing/peer-transport-conformance.ts";
import { RecordingHandler } from "../testing/recording-handler.ts";
import { connect, isOpen, startNode, type TestNode, type TestNodeOptions } from "./test-node.ts";

const stops: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function start(options: TestNodeOptions): Promise<TestNode> {
  const node = await startNode(options);
  stops.push(node.stop);
  return node;
}

function rawSocket(address: string): Promise<Socket> {
  const [host = "", port] = address.split(":");
  const socket = openSocket(Number(port), host);
  socket.on("error", () => {});
  stops.push(() => void socket.destroy());
  return once(socket, "connect").then(() => socket);
}

it("T17: garbage, half-open and half-sent connections leave the others alone", async () => {
  const handler = new RecordingHandler();
  const config = { keepAliveMs: 200, keepAliveTimeoutMs: 400 };
  const a = await start({ label: 1, handler: new RecordingHandler() });
  const b = await start({ label: 2, handler, config });
  await connect(a, b);
  const silent = await rawSocket(b.member.rpcAddress);
  const garbage = await rawSocket(b.member.rpcAddress);
  garbage.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  const half = await rawSocket(b.member.rpcAddress);
  half.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000");
  const reset = await rawSocket(b.member.rpcAddress);
  reset.write("\u0000\u0001garbage");
  reset.resetAndDestroy();
  for (const socket of [silent, garbage, half]) {
    socket.resume();
    if (!socket.closed) await once(socket, "close");
  }
  await eventually("the stream stands", () => isOpen(a, b));
  a.transport.send(numbered(a.member.key, b.member.key, 1));
  await eventually("a message still arrives", () => handler.messages.length === 1);
});

it("T18: a taken port is an error that names the address and the option", async () => {
  const a = await start({ label: 1 });
  const b = await start({ label: 2 });
  const { rpcAddress } = a.member;
  await assert.rejects(b.server.listen("nowhere"), { code: "invalid_argument" });
  await assert.rejects(b.server.listen(rpcAddress, "--rpc-addr"), {
    name: "CaucusError",
    code: "unavailable",
    message: `cannot listen on ${rpcAddress} for gRPC: the port is taken; choose another with --rpc-addr`,
  });
});

it("T18: connections accepted elsewhere are served, and ended by close", async () => {
  const node = await startNode({ label: 1, handler: new RecordingHandler() });
  stops.push(node.stop);
  const sockets: Socket[] = [];
  const front = createServer((socket) => {
    sockets.push(socket);
    node.server.injectConnection(socket);
  });
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  stops.push(() => void front.close());
  const address = `127.0.0.1:${(front.address() as AddressInfo).port}`;
  const other = await start({ label: 2, handler: new RecordingHandler() });
  const calls = new GrpcClusterCalls();
  stops.push(() => calls.close());
  assert.equal((await calls.identify(address, 2_000)).member.key, node.member.key);
  other.transport.setPeers([{ ...node.member, rpcAddress: address }]);
  await eventually("a stream stands", () => isOpen(other, node));
  await node.stop();
  await eventually("all sockets are closed", () => sockets.every((socket) => socket.destroyed));
});

it("T19: close lets open calls end within its grace, then cuts them", async () => {
  const answer: { now?: () => void } = {};
  let asked = 0;
  const node = await startNode({
    label: 1,
    calls: {
      join: () => new Promise(() => void asked++),
      admin: () => {
        asked++;
        return new Promise((resolve) => {
          answer.now = () => resolve({ failed: false, body: "1" });
        });
      },
    },
  });
  const calls = new GrpcClusterCalls();
  stops.push(() => calls.close());
  stops.push(() => node.transport.close());
  const { rpcAddress } = node.member;
  const join = {
    cluster: "c".repeat(32),
    member: node.member,
    startCounter: 1,
    lastIndex: 0,
    nominated: false,
  };
  const cut = assert.rejects(calls.join(rpcAddress, join, 20_000), { code: "unavailable" });
  const ending = calls.admin(rpcAddress, { method: "add-learner", body: "" }, 20_000);
  await eventually("both are open", () => asked === 2);
  const before = performance.now();
  const closing = Promise.all([node.server.close(300), node.server.close(300)]);
  answer.now?.();
  assert.deepEqual(await ending, { failed: false, body: "1" });
  await closing;
  const tookMs = performance.now() - before;
  assert.ok(tookMs > 250 && tookMs < 15_000, `${tookMs} ms`);
  await cut;
});

it("T19: after close nothing keeps the process alive", async () => {
  const path = fileURLToPath(new URL("close-child.js", import.meta.url));
  const child = spawn(process.execPath, [path], { stdio: "inherit" });
  stops.push(() => void child.kill("SIGKILL"));
  const deadline = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const [code] = await once(child, "exit");
  clearTimeout(deadline);
  assert.equal(code, 0);
});

it("unknown and wrong options are refused by name", () => {
  assert.deepEqual(resolveRpcConfig({ keepAliveMs: undefined }), RPC_DEFAULTS);
  assert.equal(resolveRpcConfig({ keepAliveMs: 7 }).keepAliveMs, 7);
  assert.throws(() => resolveRpcConfig({ keepAliveMs: 0 }), /keepAliveMs is 0, allowed are/);
  const typo = { keepAlive: 1 } as unknown as Parameters<typeof resolveRpcConfig>[0];
  assert.throws(() => resolveRpcConfig(typo), /rpc option "keepAlive": allowed are/);
});

it("no code is a success", () => {
  const codes: readonly ErrorCode[] = ["not_found", "overloaded", "internal", "poisoned"];
  for (const code of codes) assert.ok(grpcStatusOf(code) > 0, code);
});
