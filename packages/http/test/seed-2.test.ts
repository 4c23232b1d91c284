import assert from "node:assert/strict";
import { test } from "node:test";
import { createApi } from "./api.ts";

test("S2-10: a browser at / is sent to Swagger UI, whose assets all come from this server", async () => {
  const api = await createApi();
  const root = await api.get("/", { accept: "text/html,application/xhtml+xml,*/*;q=0.8" });
  assert.equal(root.status, 302);
  const page = await api.get(String(root.headers["location"]));
  assert.equal(page.status, 200);
  assert.match(page.type, /text\/html/);
  assert.match(page.text, /swagger-ui/);
  const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? "");
  assert.ok(assets.length >= 4, `only ${assets.length} assets`);
  for (const asset of assets) {
    assert.ok(asset.startsWith("./static/"), `${asset} is not served here`);
    assert.equal((await api.get(`/docs/${asset.slice(2)}`)).status, 200, asset);
  }
  await api.server.close();
});

test("S2-10: everything else at / gets a summary as JSON", async () => {
  const api = await createApi();
  const reply = await api.get("/", { accept: "*/*" });
  assert.match(reply.type, /application\/json/);
  const body = reply.json();
  assert.equal(body["cluster_id"], "c".repeat(32));
  assert.equal(body["leader"], 1);
  assert.equal((body["members"] as unknown[]).length, 1);
  for (const link of Object.values(body["links"] as Record<string, string>)) {
    const followed = await api.get(link);
    assert.ok(followed.status < 400, `${link} answers ${followed.status}`);
  }
});

test("S2-11: GET /spec is an OpenAPI 3.1 document", async () => {
  const api = await createApi();
  const reply = await api.get("/spec");
  assert.equal(reply.status, 200);
  assert.match(reply.type, /application\/json/);
  assert.equal(reply.json()["openapi"], "3.1.0");
});

test("S2-12: GET /api/cluster tells status and membership with roles and progress", async () => {
  const api = await createApi();
  await api.post("/api/add-learner", { node_id: 2, rpc_addr: "127.0.0.1:21002" });
  const body = (await api.get("/api/cluster")).json();
  assert.equal(body["cluster_id"], "c".repeat(32));
  assert.deepEqual(body["leader"], {
    id: 1,
    api_addr: "127.0.0.1:21001",
    rpc_addr: "127.0.0.1:21001",
  });
  const members = body["members"] as Record<string, unknown>[];
  assert.deepEqual(
    members.map(({ id, role, is_leader, progress }) => [id, role, is_leader, progress]),
    [
      [1, "voter", true, null],
      [2, "learner", false, "replicate"],
    ],
  );
});

test("S2-12: a node without a cluster says so", async () => {
  const { createFakeKvService } = await import("../testing/index.ts");
  const api = await createApi({}, createFakeKvService({ initialized: false }));
  const body = (await api.get("/api/cluster")).json();
  assert.equal(body["cluster_id"], null);
  assert.equal(body["leader"], null);
  assert.deepEqual(body["members"], []);
  assert.equal((body["node"] as Record<string, unknown>)["state"], "waiting");
});

test("S2-13: POST /api/write sets a key and forwards by default", async () => {
  const api = await createApi();
  const reply = await api.post("/api/write", { key: "hello", value: "world" });
  assert.equal(reply.status, 200);
  assert.deepEqual(reply.json(), { success: true, revision: 1, index: 2, term: 1 });
  assert.equal(api.service.lastWriteOptions?.forward, true);
});

test("S2-13: ?forward=false and ?timeout_ms reach the service", async () => {
  const api = await createApi();
  await api.post("/api/write?forward=false&timeout_ms=250", { key: "a", value: "b" });
  assert.deepEqual(api.service.lastWriteOptions, { forward: false, timeoutMs: 250 });
});

test("S2-14: GET /api/read/{key} reads locally; a missing key is 200 with value null", async () => {
  const api = await createApi();
  await api.post("/api/write", { key: "hello", value: "world" });
  const reply = await api.get("/api/read/hello");
  assert.deepEqual(reply.json(), {
    key: "hello",
    value: "world",
    encoding: "utf-8",
    create_revision: 1,
    mod_revision: 1,
    version: 1,
  });
  assert.equal(api.service.lastConsistency, "local");
  const missing = await api.get("/api/read/nothing");
  assert.equal(missing.status, 200);
  assert.equal(missing.json()["value"], null);
});

test("S2-15, S3-76: GET /api/consistent_read/{key} reads linearizably", async () => {
  const api = await createApi();
  await api.post("/api/write", { key: "hello", value: "world" });
  const reply = await api.get("/api/consistent_read/hello?timeout_ms=100");
  assert.equal(reply.json()["value"], "world");
  assert.equal(api.service.lastConsistency, "linearizable");
  const missing = await api.get("/api/consistent_read/nothing");
  assert.equal(missing.status, 200);
  assert.equal(missing.json()["value"], null);
});

test("S2-15: without a leader a linearizable read fails and a local one answers", async () => {
  const api = await createApi();
  await api.post("/api/write", { key: "hello", value: "world" });
  api.service.failWith("no_leader", "no leader is known");
  assert.equal((await api.get("/api/consistent_read/hello")).status, 503);
  assert.equal((await api.get("/api/read/hello")).json()["value"], "world");
});

test("S2-16: reads, metrics and management by POST", async () => {
  const { createFakeKvService } = await import("../testing/index.ts");
  const api = await createApi({}, createFakeKvService({ initialized: false }));
  assert.deepEqual((await api.post("/api/init")).json(), { success: true });
  assert.equal((await api.post("/api/init", {})).status, 409);
  await api.post("/api/write", { key: "a/b", value: "1" });
  assert.equal((await api.post("/api/read", { key: "a/b" })).json()["value"], "1");
  assert.equal((await api.post("/api/consistent_read", { key: "a/b" })).json()["value"], "1");
  assert.equal((await api.post("/api/metrics")).json()["current_leader"], 1);

  const node2 = { node_id: 2, api_addr: "127.0.0.1:3002", rpc_addr: "127.0.0.1:21002" };
  const added = (await api.post("/api/add-learner", node2)).json();
  assert.deepEqual([added["voters"], added["learners"]], [[1], [2]]);
  const members = (await api.get("/api/cluster")).json()["members"] as Record<string, unknown>[];
  assert.equal(members[1]?.["rpc_addr"], "127.0.0.1:21002");
  const changed = (await api.post("/api/change-membership", { members: [1, 2] })).json();
  assert.deepEqual([changed["voters"], changed["learners"]], [[1, 2], []]);
});

test("leadership transfer, compaction and deletion are there as well", async () => {
  const api = await createApi();
  assert.deepEqual((await api.post("/api/transfer-leadership", {})).json(), { success: true });
  assert.deepEqual((await api.post("/api/compact")).json(), { success: true, index: 1 });
  await api.post("/api/write", { key: "a", value: "b" });
  assert.equal((await api.post("/api/delete", { key: "a" })).json()["deleted"], 1);
  assert.equal((await api.post("/api/delete", { key: "a" })).json()["deleted"], 0);
  assert.equal((await api.get("/api/read/a")).json()["value"], null);
});

test("S2-17: what is written through one server is read through another of the same state", async () => {
  const first = await createApi();
  const second = await createApi({}, first.service);
  await first.post("/api/write", { key: "hello", value: "world" });
  assert.equal((await second.get("/api/read/hello")).json()["value"], "world");
});
