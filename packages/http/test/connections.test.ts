import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { CaucusError } from "@caucus/base";
import {
  createHttpServer,
  type GrpcConnections,
  type HttpAddress,
  type HttpServer,
  type HttpServerOptions,
} from "../src/index.ts";
import { createFakeKvService, type FakeKvService } from "../testing/index.ts";
import { converse, say } from "./raw-client.ts";

interface Http2Side extends GrpcConnections {
  /** How many connections were injected. */
  readonly count: number;
}

/** What grpc-js does inside: an HTTP/2 server that never listens and takes injected connections. */
function createHttp2Side(): Http2Side {
  const server = createHttp2Server();
  const connections = new Set<Duplex>();
  const sessions = new Set<{ close(): void }>();
  let count = 0;
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream) => {
    stream.respond({ ":status": 200 });
    stream.end("over http/2");
  });
  return {
    get count() {
      return count;
    },
    injectConnection(connection) {
      count += 1;
      connections.add(connection);
      server.emit("connection", connection);
    },
    async close() {
      for (const session of sessions) session.close();
      for (const connection of connections) connection.destroy();
    },
  };
}

interface Listening {
  readonly server: HttpServer;
  readonly address: HttpAddress;
  readonly grpc: Http2Side;
  readonly service: FakeKvService;
}

async function withServer(
  options: Partial<HttpServerOptions>,
  body: (listening: Listening) => Promise<void>,
): Promise<void> {
  const grpc = createHttp2Side();
  const service = createFakeKvService();
  const server = await createHttpServer({ service, grpc, closeGraceMs: 500, ...options });
  const address = await server.listen("127.0.0.1", 0);
  try {
    await body({ server, address, grpc, service });
  } finally {
    await server.close();
  }
}

const QUICK = { sniffTimeoutMs: 100, headersTimeoutMs: 200, requestTimeoutMs: 400 } as const;
const GET_HEALTH = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

function askHttp2({ port }: HttpAddress): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    session.on("error", reject);
    const stream = session.request({ ":path": "/" });
    let text = "";
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => {
      text += chunk;
    });
    stream.on("end", () => {
      session.close();
      resolve(text);
    });
    stream.end();
  });
}

test("H2: HTTP/1.1 and HTTP/2 share one port", async () => {
  await withServer({}, async ({ address, grpc }) => {
    assert.equal(await askHttp2(address), "over http/2");
    assert.match(await say(address, [GET_HEALTH]), /^HTTP\/1\.1 200 [\s\S]*"status":"ok"/);
    assert.equal(await askHttp2(address), "over http/2");
    assert.equal(grpc.count, 2);
  });
});

test("H2: a request that arrives byte by byte is read whole, also one that begins like PRI", async () => {
  await withServer({}, async ({ address, grpc }) => {
    const body = '{"key":"a","value":"b"}';
    const post =
      "POST /api/write HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
      `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
    assert.match(await say(address, [...post]), /^HTTP\/1\.1 200 [\s\S]*"success":true/);
    const propfind = await say(address, ["PR", GET_HEALTH.replace("GET", "OPFIND")]);
    assert.match(propfind, /^HTTP\/1\.1 40[45] /);
    assert.equal(grpc.count, 0);
  });
});

test("H2: several requests on one connection, pipelined, are answered in order", async () => {
  await withServer({}, async ({ address }) => {
    const keepAlive = GET_HEALTH.replace("Connection: close\r\n", "");
    const heard = await say(address, [keepAlive + keepAlive + GET_HEALTH]);
    assert.equal(heard.match(/HTTP\/1\.1 200/g)?.length, 3);
  });
});

test("H3: a silent connection is cut off", async () => {
  await withServer(QUICK, async ({ address }) => {
    assert.equal(await say(address, []), "");
  });
});

test("H3: a connection that stops inside the first bytes is cut off", async () => {
  await withServer(QUICK, async ({ address, grpc }) => {
    assert.equal(await say(address, ["P"]), "");
    assert.equal(await say(address, ["PR"]), "");
    assert.equal(grpc.count, 0);
  });
});

test("H3: a half-sent head is cut off with 408", async () => {
  await withServer(QUICK, async ({ address }) => {
    const heard = await say(address, ["GET /livez HTTP/1.1\r\nHost: x\r\n"]);
    assert.match(heard, /^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
  });
});

test("H3: a half-sent body is cut off with 408", async () => {
  await withServer(QUICK, async ({ address, service }) => {
    const head =
      "POST /api/write HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
      "Content-Length: 100\r\n\r\n";
    assert.match(await say(address, [head, '{"key":']), /^HTTP\/1\.1 408 /);
    assert.equal(service.status().lastLogIndex, 1);
  });
});

test("H3: a connection on which nothing moves after a request is cut off", async () => {
  await withServer({ ...QUICK, connectionTimeoutMs: 100 }, async ({ address }) => {
    const heard = await say(address, [GET_HEALTH.replace("Connection: close\r\n", "")]);
    assert.match(heard, /^HTTP\/1\.1 200 /);
  });
});

test("H3: without gRPC the deadlines hold as well", async () => {
  const service = createFakeKvService();
  const server = await createHttpServer({ service, ...QUICK });
  const address = await server.listen("127.0.0.1", 0);
  await say(address, []);
  assert.match(await say(address, ["GET / HTTP/1.1\r\n"]), /^HTTP\/1\.1 408 /);
  assert.match(await say(address, ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]), /^HTTP\/1\.1 400 /);
  await server.close();
});

test("garbage gets 400 and is closed, and the node keeps serving", async () => {
  await withServer({}, async ({ address }) => {
    for (const garbage of [
      "\u0000\u0001\u0002",
      "hello there\r\n\r\n",
      "\u0016\u0003\u0001",
      "{}",
    ]) {
      const heard = await say(address, [garbage]);
      assert.match(heard, /^HTTP\/1\.1 400 [\s\S]*problem\+json/, JSON.stringify(garbage));
    }
    // S0-19, S0-62: what a query that is not URL-encoded makes of a request.
    for (const line of ["GET /set_kv?key=a b&value=c", "GET /set_kv?key=\u00e9&value=c"]) {
      const heard = await say(address, [`${line} HTTP/1.1\r\nHost: a\r\n\r\n`]);
      assert.match(heard, /^HTTP\/1\.1 400 [\s\S]*Invalid request[\s\S]*must be percent-encoded/);
    }
    assert.match(await say(address, [GET_HEALTH]), /^HTTP\/1\.1 200 /);
  });
});

test("a head over the limit gets 431", async () => {
  await withServer({}, async ({ address }) => {
    const heard = await say(address, [`GET /${"x".repeat(40_000)} HTTP/1.1\r\n`]);
    assert.match(heard, /^HTTP\/1\.1 431 [\s\S]*32768 bytes/);
  });
});

test("a key of 4,096 bytes, each as three characters, fits a real request line", async () => {
  await withServer({}, async ({ address }) => {
    const path = `/api/read/${"%2F".repeat(4096)}`;
    assert.match(await say(address, [GET_HEALTH.replace("/livez", path)]), /^HTTP\/1\.1 200 /);
  });
});

test("connections beyond the limit are dropped and the others served", async () => {
  await withServer({ connectionsMax: 2 }, async ({ address }) => {
    const held = [await converse(address), await converse(address)];
    assert.equal(await say(address, []), "");
    for (const { socket, closed } of held) {
      socket.write(GET_HEALTH);
      assert.match(await closed, /^HTTP\/1\.1 200 /);
    }
  });
});

test("a taken port is one sentence with the port and the option to change", async () => {
  await withServer({}, async ({ address }) => {
    const second = await createHttpServer({
      service: createFakeKvService(),
      listenOption: "--api-addr",
    });
    await assert.rejects(second.listen("127.0.0.1", address.port), (error: unknown) => {
      assert.ok(error instanceof CaucusError);
      assert.equal(error.code, "conflict");
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${address.port}.*--api-addr`));
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
    await second.close();
  });
});

test("localhost gets one listener, with its sniffer", async () => {
  const grpc = createHttp2Side();
  const server = await createHttpServer({ service: createFakeKvService(), grpc });
  const address = await server.listen("localhost", 0);
  assert.equal(address.host, "127.0.0.1");
  assert.deepEqual(server.address, address);
  assert.equal(await askHttp2(address), "over http/2");
  await server.close();
  assert.equal(server.address, undefined);
});

test("H9: closing answers requests in progress while gRPC works, then closes gRPC", async () => {
  const order: string[] = [];
  const http2 = createHttp2Side();
  const grpc: GrpcConnections = {
    injectConnection: (socket) => http2.injectConnection(socket),
    close() {
      order.push("grpc");
      return http2.close();
    },
  };
  let answer = (): void => {};
  let tellAsked = (): void => {};
  const asked = new Promise<void>((resolve) => {
    tellAsked = resolve;
  });
  const slow = {
    ...createFakeKvService(),
    get: () =>
      new Promise<undefined>((resolve) => {
        answer = () => resolve(undefined);
        tellAsked();
      }),
  };
  const server = await createHttpServer({ service: slow, grpc, closeGraceMs: 5_000 });
  const address = await server.listen("127.0.0.1", 0);
  const undecided = await converse(address);
  const idle = await converse(address);
  idle.socket.write(GET_HEALTH.replace("Connection: close\r\n", ""));
  await once(idle.socket, "data");
  const http2Session = connectHttp2(`http://127.0.0.1:${address.port}`);
  await once(http2Session, "remoteSettings");
  const pending = say(address, [GET_HEALTH.replace("/livez", "/api/read/a")]);
  await asked;

  const closing = server.close().then(() => order.push("closed"));
  assert.equal(await undecided.closed, "");
  await idle.closed;
  assert.deepEqual(order, []);
  answer();
  assert.match(await pending, /^HTTP\/1\.1 200 /);
  await closing;
  assert.deepEqual(order, ["grpc", "closed"]);
  assert.ok(http2Session.destroyed || http2Session.closed);
  http2Session.destroy();
});

for (const more of [0, 1]) {
  test(`H9: a busy connection is closed after its answer and ${more} more, not by the grace`, async () => {
    let tellAsked: (answer: () => void) => void = () => {};
    const asked = new Promise<() => void>((resolve) => {
      tellAsked = resolve;
    });
    const slow = {
      ...createFakeKvService(),
      get: () => new Promise<undefined>((resolve) => tellAsked(() => resolve(undefined))),
    };
    const server = await createHttpServer({ service: slow, closeGraceMs: 60_000 });
    const address = await server.listen("127.0.0.1", 0);
    const { socket, closed } = await converse(address);
    const keepAlive = GET_HEALTH.replace("Connection: close\r\n", "");
    socket.write(keepAlive.replace("/livez", "/api/read/a"));
    const answer = await asked;
    const closing = server.close();
    while (server.address !== undefined) await new Promise((resolve) => setImmediate(resolve));
    socket.write(keepAlive.repeat(more));
    answer();
    const heard = await closed;
    assert.equal(heard.match(/HTTP\/1\.1 200 /g)?.length, 1 + more, heard);
    await closing;
  });
}

test("H9: what does not end within the grace is cut", async () => {
  const stuck = { ...createFakeKvService(), get: () => new Promise<never>(() => {}) };
  const server = await createHttpServer({ service: stuck, closeGraceMs: 50 });
  const address = await server.listen("127.0.0.1", 0);
  const half = await converse(address);
  half.socket.write("GET / HTTP/1.1\r\n");
  const pending = say(address, [GET_HEALTH.replace("/livez", "/api/consistent_read/a")]);
  assert.equal((await say(address, [GET_HEALTH])).slice(0, 12), "HTTP/1.1 200");
  await server.close();
  assert.equal(await half.closed, "");
  assert.equal(await pending, "");
  await server.close();
});
