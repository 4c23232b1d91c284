import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogFields, Logger } from "@caucus/base";
import { createHttpServer } from "../src/index.ts";
import { createFakeKvService } from "../testing/index.ts";
import { createApi } from "./api.ts";

test("H1: a failed write tells its outcome, code, reason and leader", async () => {
  const api = await createApi();
  for (const [code, outcome, status] of [
    ["no_leader", "not_applied", 503],
    ["not_leader", "not_applied", 503],
    ["overloaded", "not_applied", 503],
    ["timeout", "unknown", 504],
    ["unavailable", "unknown", 504],
    ["poisoned", "unknown", 504],
  ] as const) {
    api.service.failWith(code, `because of ${code}`, { outcome, leader: 3 });
    const reply = await api.post("/api/write", { key: "a", value: "b" });
    assert.equal(reply.status, status, code);
    assert.match(reply.type, /^application\/problem\+json/);
    const { code: told, outcome: toldOutcome, detail, leader } = reply.json();
    assert.deepEqual([told, toldOutcome, detail, leader], [code, outcome, `because of ${code}`, 3]);
  }
});

test("H1: a command that the state refuses was not applied, and says why", async () => {
  const service = createFakeKvService();
  for (const [reason, status, code] of [
    ["invalid", 400, "invalid_argument"],
    ["too-many-keys", 400, "invalid_argument"],
    ["session-expired", 409, "session_expired"],
    ["sequence-gone", 409, "conflict"],
    ["session-limit", 503, "overloaded"],
  ] as const) {
    const result = { kind: "refused", reason, message: `because ${reason}` } as const;
    const refusing = { ...service, write: async () => ({ result, index: 1, term: 1 }) };
    const server = await createHttpServer({ service: refusing, dialects: [] });
    const payload = { key: "a", value: "b" };
    const reply = await server.inject({ method: "POST", url: "/api/write", payload });
    assert.equal(reply.statusCode, status, reason);
    const problem = reply.json<Record<string, unknown>>();
    assert.deepEqual([problem["code"], problem["outcome"]], [code, "not_applied"]);
    assert.equal(problem["detail"], `because ${reason}`);
  }
});

test("overload is 503 with Retry-After", async () => {
  const api = await createApi();
  api.service.failWith("overloaded", "full", { outcome: "not_applied", retryAfterSeconds: 2 });
  const reply = await api.post("/api/write", { key: "a", value: "b" });
  assert.equal(reply.status, 503);
  assert.equal(reply.headers["retry-after"], "2");
});

test("S3-14: /health has the seed's fields", async () => {
  const api = await createApi();
  const reply = await api.get("/health");
  assert.equal(reply.status, 200);
  assert.deepEqual(reply.json(), {
    status: "ok",
    node_id: 1,
    is_leader: true,
    current_leader: 1,
    current_term: 1,
    state: "Leader",
  });
});

test("/readyz is 503 with its reasons", async () => {
  const api = await createApi();
  assert.deepEqual((await api.get("/readyz")).json(), { ready: true, reasons: [] });
  api.service.setReadiness(false, ["no leader is known", "waiting for /init"]);
  const reply = await api.get("/readyz");
  assert.equal(reply.status, 503);
  assert.deepEqual(reply.json()["reasons"], ["no leader is known", "waiting for /init"]);
});

test("a poisoned node fails /livez and /health, a leaderless one does not fail /livez", async () => {
  const api = await createApi();
  api.service.setStatus({ leader: undefined, role: "candidate" });
  assert.equal((await api.get("/livez")).status, 200);
  assert.equal((await api.get("/health")).json()["state"], "Candidate");
  api.service.setStatus({ state: "poisoned" });
  assert.equal((await api.get("/livez")).status, 503);
  const health = await api.get("/health");
  assert.equal(health.status, 503);
  assert.equal(health.json()["status"], "poisoned");
});

test("H6: an internal error is logged with its route, without key or value", async () => {
  const lines: string[] = [];
  const record = (message: string, fields?: LogFields): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const logger: Logger = { debug: record, info: record, warn: record, error: record };
  const api = await createApi({ logger });
  await api.post("/api/write", { key: "secret-key", value: "secret-value" });
  await api.post("/api/write", { key: "secret-key", value: 5, secret: 1 });
  await api.get("/api/read/secret-key");
  api.service.failWith("internal", "a bug");
  const reply = await api.post("/api/write", { key: "secret-key", value: "secret-value" });
  assert.equal(reply.status, 500);
  assert.equal(lines.length, 1, lines.join("\n"));
  assert.match(lines[0] ?? "", /POST \/api\/write.*a bug/);
  assert.doesNotMatch(lines.join("\n"), /secret/);
});

test("/metrics is Prometheus text for scrapers and JSON for everybody else", async () => {
  const api = await createApi();
  const prometheus =
    "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
  for (const accept of [prometheus, "text/plain", "application/openmetrics-text"]) {
    const reply = await api.get("/metrics", { accept });
    assert.match(reply.type, /^text\/plain; version=0\.0\.4/, accept);
    assert.match(reply.text, /^caucus_raft_term 1$/m);
  }
  for (const accept of ["*/*", "application/json, text/plain, */*"]) {
    assert.match((await api.get("/metrics", { accept })).type, /application\/json/, accept);
  }
});

test("H7: what a browser marks as cross-site is refused before any route runs", async () => {
  const api = await createApi();
  const headers = { "sec-fetch-site": "cross-site", origin: "https://evil.example" };
  const write = await api.post("/write", '{"Set":{"key":"a","value":"b"}}', {
    ...headers,
    "content-type": "text/plain",
  });
  assert.equal(write.status, 403);
  assert.match(write.type, /problem\+json/);
  assert.equal(api.service.status().lastLogIndex, 1);
  assert.equal((await api.get("/api/cluster", headers)).status, 403);
  assert.equal((await api.get("/api/cluster", { "sec-fetch-site": "same-origin" })).status, 200);
});

test("H7: CORS is off by default and open to the listed origins only", async () => {
  const closed = await createApi();
  const origin = "https://console.example";
  const plain = await closed.get("/api/cluster", { origin });
  assert.equal(plain.headers["access-control-allow-origin"], undefined);

  const api = await createApi({ corsOrigins: [origin] });
  const headers = { origin, "sec-fetch-site": "cross-site" };
  const allowed = await api.get("/api/cluster", headers);
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers["access-control-allow-origin"], origin);
  const preflight = await api.send("OPTIONS", "/api/write", {
    ...headers,
    "access-control-request-method": "POST",
  });
  assert.equal(preflight.status, 204);
  assert.match(String(preflight.headers["access-control-allow-methods"]), /POST/);
  const other = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
  assert.equal((await api.get("/api/cluster", other)).status, 403);
});
