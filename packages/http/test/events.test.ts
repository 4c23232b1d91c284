// The state of the cluster over WebSockets: real sockets, and the feed with sockets held by the test.

import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { eventually } from "@caucus/base/testing";
import { type ClientOptions, WebSocket } from "ws";
import { EventFeed } from "../src/events/event-feed.ts";
import { createHttpServer, type HttpServer, type HttpServerOptions } from "../src/index.ts";
import { createFakeKvService, type FakeKvService } from "../testing/index.ts";
import { createApi } from "./api.ts";
import { withGossip } from "./gossip-api.ts";
import { say } from "./raw-client.ts";

interface Listening {
  readonly server: HttpServer;
  readonly service: FakeKvService;
  readonly port: number;
  connect(options?: ClientOptions, path?: string): Client;
}

/** What a client has heard. */
interface Client {
  readonly socket: WebSocket;
  readonly messages: { kind: string; sequence: number; state: State }[];
  /** The code and the reason of its end. */
  readonly ended: Promise<readonly [number, string]>;
}

interface State {
  readonly cluster: Readonly<Record<string, unknown>> | null;
  readonly gossip: { readonly live: readonly object[] } | null;
}

async function withServer(
  options: Partial<HttpServerOptions>,
  body: (listening: Listening) => Promise<void>,
): Promise<void> {
  const service = createFakeKvService();
  const server = await createHttpServer({ service, closeGraceMs: 2_000, ...options });
  const { port } = await server.listen("127.0.0.1", 0);
  const sockets: WebSocket[] = [];
  const connect = (clientOptions: ClientOptions = {}, path = "/api/cluster/events"): Client => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, clientOptions);
    sockets.push(socket);
    const messages: Client["messages"] = [];
    socket.on("message", (data) => messages.push(JSON.parse(String(data))));
    socket.on("error", () => {});
    const ended = new Promise<readonly [number, string]>((resolve) => {
      socket.on("close", (code, reason) => resolve([code, String(reason)]));
    });
    return { socket, messages, ended };
  };
  try {
    await body({ server, service, port, connect });
  } finally {
    for (const socket of sockets) socket.terminate();
    await server.close();
  }
}

async function heard({ messages }: Client, count: number): Promise<void> {
  await eventually(`${count} messages`, () => messages.length >= count);
}

/** The answer to a handshake that does not become a WebSocket. */
async function refusal({ socket }: Client): Promise<{ status: number; body: string }> {
  const response = await new Promise<IncomingMessage>((resolve) => {
    socket.on("unexpected-response", (_request, answer) => resolve(answer));
  });
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body };
}

test("S0-75, H24: a client gets the whole state at once, and again when something changes", async () => {
  await withServer({}, async ({ connect, service }) => {
    const client = connect();
    await heard(client, 1);
    const first = client.messages[0];
    assert.equal(first?.kind, "state");
    assert.equal(first.state.cluster?.["term"], 1);
    assert.equal(first.state.gossip, null);
    await service.addLearner({ label: 2, address: "127.0.0.1:2" });
    await heard(client, 2);
    assert.equal(
      (client.messages[1]?.state.cluster?.["members"] as unknown[] | undefined)?.length,
      2,
    );
    service.setStatus({ leader: undefined, role: "candidate", term: 9 });
    await heard(client, 3);
    const last = client.messages[2];
    assert.deepEqual([last?.state.cluster?.["leader"], last?.state.cluster?.["term"]], [null, 9]);
    assert.deepEqual(
      client.messages.map(({ sequence }) => sequence),
      [1, 2, 3],
    );
  });
});

test("H24: writes and the passing of time are no change", async () => {
  await withServer({}, async ({ connect, service }) => {
    const nominate = (waitsFor: string): void => {
      const nominee = { label: 9, key: "9".repeat(32), rpcAddress: "127.0.0.1:9", waitsFor };
      service.setMembership({ nominees: [nominee] });
    };
    nominate("silent for 7 ms");
    const client = connect();
    await heard(client, 1);
    nominate("silent for 8 ms");
    service.putBytes(Buffer.from("a"), Buffer.from("b"));
    service.setStatus({ commitIndex: 77, appliedIndex: 77, lastLogIndex: 78, revision: 70 });
    const later = connect();
    await heard(later, 1);
    service.setStatus({ term: 5 });
    await heard(later, 2);
    assert.deepEqual(
      client.messages.map(({ state }) => state.cluster?.["term"]),
      [1, 5],
    );
  });
});

test("H24: with gossip, nodes that come and go are told; without Raft there is no cluster", async () => {
  await withGossip(["n1", "n2"], async (api, other) => {
    assert.ok(api !== undefined && other !== undefined);
    const { port } = await api.server.listen("127.0.0.1", 0);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/cluster/events`);
    const states: State[] = [];
    socket.on("message", (data) => states.push(JSON.parse(String(data)).state));
    await eventually("both live", async () => states.at(-1)?.gossip?.live.length === 2);
    assert.equal(states[0]?.cluster, null);
    await other.leave();
    await eventually("one left", async () => states.at(-1)?.gossip?.live.length === 1);
    socket.terminate();
  });
});

test("H25: too many clients: 503 with a reason, until one has gone", async () => {
  await withServer({ eventClientsMax: 2 }, async ({ connect }) => {
    const clients = [connect(), connect()];
    for (const client of clients) await heard(client, 1);
    const { body, status } = await refusal(connect());
    assert.equal(status, 503);
    assert.match(body, /2 clients listen to events, which is the limit/);
    clients[0]?.socket.close();
    await clients[0]?.ended;
    await eventually("a place is free", async () => {
      const next = connect();
      const opened = new Promise<boolean>((resolve) => {
        next.socket.on("open", () => resolve(true));
      });
      return Promise.race([opened, refusal(next).then(() => false)]);
    });
  });
});

test("H25: a client that says something is closed with 1008, one that says much with 1009", async () => {
  await withServer({}, async ({ connect }) => {
    const chatty = connect();
    await heard(chatty, 1);
    chatty.socket.send("hello");
    const [code, reason] = await chatty.ended;
    assert.deepEqual([code, reason], [1008, "this socket only tells: it takes no messages"]);
    const loud = connect();
    await heard(loud, 1);
    loud.socket.send("x".repeat(5_000));
    assert.equal((await loud.ended)[0], 1009);
  });
});

test("H25: a client that answers no ping is cut off, one that does stays", async () => {
  await withServer({ eventPingMs: 150 }, async ({ connect }) => {
    const silent = connect({ autoPong: false });
    const alive = connect();
    await heard(alive, 1);
    let pings = 0;
    alive.socket.on("ping", () => {
      pings += 1;
    });
    assert.equal((await silent.ended)[0], 1006);
    await eventually("pings", async () => pings >= 3);
    assert.equal(alive.socket.readyState, WebSocket.OPEN);
  });
});

test("H25: a stopping server closes with 1001, and does not wait for clients", async () => {
  const closeGraceMs = 20_000;
  await withServer({ closeGraceMs }, async ({ connect, server }) => {
    const client = connect();
    await heard(client, 1);
    const startedMs = performance.now();
    await server.close();
    assert.deepEqual(await client.ended, [1001, "the node is stopping"]);
    assert.ok(performance.now() - startedMs < closeGraceMs / 2);
  });
});

test("H9: a stopping server cuts a client of events that does not answer", async () => {
  await withServer({ closeGraceMs: 200 }, async ({ connect, server }) => {
    const client = connect();
    await heard(client, 1);
    client.socket.pause();
    await server.close();
    client.socket.resume();
    assert.notEqual((await client.ended)[0], 1000);
  });
});

test("H7: pages of other origins open no socket, those of this node and listed ones do", async () => {
  const listed = "https://console.example";
  await withServer({ corsOrigins: [listed] }, async ({ connect, port }) => {
    for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1"]) {
      const { body, status } = await refusal(connect({ origin }));
      assert.equal(status, 403, origin);
      assert.match(body, /"code":"forbidden"/);
    }
    const marked = connect({ headers: { "sec-fetch-site": "cross-site" } });
    assert.equal((await refusal(marked)).status, 403);
    await heard(connect({ origin: listed }), 1);
    await heard(connect({ origin: `http://127.0.0.1:${port}` }), 1);
  });
});

test("H25: a refused handshake ends its connection, whoever refuses it", async () => {
  const rateLimit = { max: 3, windowMs: 60_000 };
  await withServer({ rateLimit, eventClientsMax: 1 }, async ({ port, connect }) => {
    const address = { host: "127.0.0.1", port };
    await heard(connect(), 1);
    for (const [status, method, header] of [
      [403, "GET", "Sec-Fetch-Site: cross-site"],
      [403, "GET", "Origin: https://evil.example"],
      [503, "GET", "X-Nothing: 1"],
      [429, "GET", "X-Nothing: 1"],
      [405, "PUT", "Connection: close"],
    ] as const) {
      const handshake =
        `${method} /api/cluster/events HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n` +
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
        `Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${header}\r\n\r\n`;
      const answer = await say(address, [handshake]);
      assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), answer);
    }
  });
});

test("H24: without an upgrade it is 426, and other methods are 405", async () => {
  const api = await createApi();
  const reply = await api.get("/api/cluster/events");
  assert.equal(reply.status, 426);
  assert.equal(reply.headers["upgrade"], "websocket");
  assert.match(reply.type, /problem\+json/);
  assert.equal((await api.post("/api/cluster/events")).status, 405);
  assert.equal((await api.send("HEAD", "/api/cluster/events")).status, 405);
});

test("H24: a wish to upgrade to anything else, or elsewhere, is passed over", async () => {
  await withServer({}, async ({ port, connect }) => {
    const address = { host: "127.0.0.1", port };
    const head = (path: string, upgrade: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: ${upgrade}\r\n\r\n`;
    assert.match(await say(address, [head("/livez", "h2c")]), /^HTTP\/1\.1 200 /);
    assert.match(await say(address, [head("/livez", "websocket")]), /^HTTP\/1\.1 200 /);
    assert.match(await say(address, [head("/api/cluster/events", "h2c")]), /^HTTP\/1\.1 426 /);
    const body = '{"key":"a","value":"b"}';
    const post =
      "POST /api/write HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n" +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    assert.match(await say(address, [post]), /^HTTP\/1\.1 200 [\s\S]*"success":true/);
    assert.equal((await refusal(connect({}, "/api/cluster"))).status, 200);
  });
});

interface HeldSocket {
  bufferedAmount: number;
  readonly sent: string[];
  readonly closed: [number, string][];
  terminated: boolean;
}

function heldSocket(): HeldSocket & Parameters<EventFeed["add"]>[0] {
  const socket = {
    bufferedAmount: 0,
    sent: [] as string[],
    closed: [] as [number, string][],
    terminated: false,
    send: (text: string) => void socket.sent.push(text),
    ping: () => {},
    close: (code: number, reason: string) => void socket.closed.push([code, reason]),
    terminate: () => {
      socket.terminated = true;
    },
  };
  return socket;
}

test("H25: a slow client misses states, gets the latest, and is closed when it takes nothing", () => {
  let state = 0;
  let nowMs = 0;
  let turn = (): void => {};
  let isRunning = false;
  const feed = new EventFeed({
    clientsMax: 10,
    pingMs: 1e9,
    waitingBytesMax: 100,
    slowMs: 1_000,
    read: () => String(state),
    nowMs: () => nowMs,
    startTimer(_everyMs, run) {
      turn = run;
      isRunning = true;
      return () => {
        isRunning = false;
      };
    },
  });
  const [slow, quick] = [heldSocket(), heldSocket()];
  feed.add(slow);
  feed.add(quick);
  slow.bufferedAmount = 101;
  for (state = 1; state <= 9; state++) {
    nowMs += 100;
    turn();
  }
  assert.equal(quick.sent.length, 10);
  assert.equal(slow.sent.length, 1);
  slow.bufferedAmount = 100;
  turn();
  assert.deepEqual(slow.sent.slice(1), quick.sent.slice(-1));
  slow.bufferedAmount = 101;
  state += 1;
  turn();
  nowMs += 999;
  turn();
  assert.deepEqual(slow.closed, []);
  nowMs += 1;
  turn();
  assert.deepEqual(slow.closed, [[1013, "too slow: nothing was read for 1000 ms"]]);
  assert.ok(slow.terminated && !quick.terminated);
  feed.remove(slow);
  assert.ok(isRunning);
  feed.remove(quick);
  assert.ok(!isRunning, "nobody listens: nobody looks");
});
