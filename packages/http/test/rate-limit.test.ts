import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "@caucus/base/testing";
import { createHttpServer } from "../src/index.ts";
import { createFakeKvService } from "../testing/index.ts";
import { createApi } from "./api.ts";

const LIMIT = { max: 3, windowMs: 60_000 } as const;

test("H23: without a limit nobody is refused for asking often", async () => {
  const api = await createApi();
  for (let i = 0; i < 200; i++) assert.equal((await api.get("/api/read?key=a")).status, 200);
});

test("H23: a client that asks too often gets 429 with a reason and Retry-After", async () => {
  const api = await createApi({ rateLimit: LIMIT });
  for (let i = 0; i < LIMIT.max; i++) assert.equal((await api.get("/api/read?key=a")).status, 200);
  const reply = await api.post("/api/write", { key: "a", value: "b" });
  assert.equal(reply.status, 429);
  assert.match(reply.type, /^application\/problem\+json/);
  assert.equal(reply.json()["code"], "rate_limited");
  assert.match(String(reply.json()["detail"]), /more than 3 requests within 60000 ms/);
  const seconds = Number(reply.headers["retry-after"]);
  assert.ok(seconds >= 1 && seconds <= 60, String(seconds));
  assert.equal(api.service.status().revision, 0);
});

test("H23: after the window the client is served again", async () => {
  const api = await createApi({ rateLimit: { max: 1, windowMs: 50 } });
  await api.get("/api/read?key=a");
  const isServed = async (): Promise<boolean> => (await api.get("/api/read?key=a")).status === 200;
  await eventually("served again", isServed);
});

test("H23: each dialect refuses in its own shape", async () => {
  const api = await createApi({ rateLimit: { max: 1, windowMs: 60_000 } });
  await api.get("/api/read?key=a");
  const seed4 = await api.post("/read", '"a"');
  assert.equal(seed4.status, 429);
  assert.ok("Err" in seed4.json(), seed4.text);
  assert.ok(Number(seed4.headers["retry-after"]) >= 1);
});

test("H23: health and metrics are always answered", async () => {
  const api = await createApi({ rateLimit: { max: 1, windowMs: 60_000 } });
  await api.get("/api/read?key=a");
  for (const path of ["/livez", "/readyz", "/health", "/metrics", "/metrics/prometheus"]) {
    for (let i = 0; i < 3; i++) assert.equal((await api.get(path)).status, 200, path);
  }
  assert.equal((await api.get("/api/cluster")).status, 429);
});

test("H23: clients do not use up each other's share, and a header does not make a new client", async () => {
  const rateLimit = { max: 1, windowMs: 60_000 };
  const server = await createHttpServer({ service: createFakeKvService(), rateLimit });
  const ask = async (remoteAddress: string, headers = {}): Promise<number> =>
    (await server.inject({ url: "/api/read?key=a", remoteAddress, headers })).statusCode;
  assert.equal(await ask("10.0.0.1"), 200);
  assert.equal(await ask("10.0.0.1", { "x-forwarded-for": "10.9.9.9" }), 429);
  assert.equal(await ask("10.0.0.2"), 200);
  assert.equal(await ask("2001:db8::1"), 200);
  assert.equal(await ask("2001:db8::ffff"), 429);
  assert.equal(await ask("2001:db8:0:1::1"), 200);
});

test("H23: limits that are none are refused", async () => {
  const service = createFakeKvService();
  for (const rateLimit of [
    { max: 0, windowMs: 1_000 },
    { max: 1, windowMs: 0.5 },
  ]) {
    const started = createHttpServer({ service, rateLimit });
    await assert.rejects(started, /rateLimit\.\w+ is [0-9.]+; allowed are positive integers/);
  }
});
