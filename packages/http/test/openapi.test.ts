// H10: the document lists every route, and answers are as it says (S0-04, S0-70, S2-04, S2-33).

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Api, createApi } from "./api.ts";
import { withGossip } from "./gossip-api.ts";
import { assertDocumented, documentOf, operationsOf } from "./openapi-document.ts";

const DIALECT_ROUTES = [
  "POST /add-learner",
  "POST /change-membership",
  "POST /follower_read",
  "POST /init",
  "POST /linearizable_read",
  "GET /list-nodes",
  "POST /list-nodes",
  "POST /read",
  "POST /write",
];

const RAFT_CLUSTER_ROUTES = [
  "GET /get",
  "GET /prefix",
  "GET /snapshot_status",
  "POST /batch_write",
  "POST /delete",
  "POST /getset",
  "POST /join",
  "POST /leave",
  "POST /purge_log",
  "POST /set",
  "POST /trigger_snapshot",
  "POST /txn",
];

const GOSSIP_ROUTES = [
  "GET /mark_for_deletion",
  "GET /set_kv",
  "GET /update_service",
  "GET /dialects/gossip-kv",
  "GET /dialects/gossip-kv/",
  "GET /dialects/gossip-kv/mark_for_deletion",
  "GET /dialects/gossip-kv/set_kv",
  "GET /dialects/service-registry",
  "GET /dialects/service-registry/",
  "GET /dialects/service-registry/members",
  "GET /dialects/service-registry/update_service",
];

const ROUTES = [
  "GET /",
  "GET /api/cluster",
  "GET /api/cluster/events",
  "GET /api/cluster/explain",
  "POST /api/add-learner",
  "POST /api/change-membership",
  "POST /api/compact",
  "GET /api/consistent_read",
  "POST /api/consistent_read",
  "GET /api/consistent_read/{key}",
  "POST /api/delete",
  "POST /api/init",
  "GET /api/kv",
  "POST /api/membership-policy",
  "POST /api/metrics",
  "POST /api/promote",
  "GET /api/read",
  "POST /api/read",
  "GET /api/read/{key}",
  "POST /api/remove-member",
  "POST /api/transfer-leadership",
  "POST /api/write",
  "GET /health",
  "GET /livez",
  "GET /members",
  "GET /metrics",
  "GET /metrics/prometheus",
  "GET /readyz",
  "GET /spec",
  "GET /dialects/raft-key-value/metrics",
  ...DIALECT_ROUTES,
  ...DIALECT_ROUTES.map((route) => route.replace(" ", " /dialects/raft-key-value")),
  ...RAFT_CLUSTER_ROUTES,
  ...[...RAFT_CLUSTER_ROUTES, "GET /health", "GET /members", "GET /metrics"].map((route) =>
    route.replace(" ", " /dialects/raft-cluster"),
  ),
];

async function routesOf(api: Api): Promise<Set<string>> {
  const operations = operationsOf(await documentOf(api));
  return new Set(operations.map(({ method, path }) => `${method} ${path}`));
}

test("H10: the document has every route and no other", async () => {
  assert.deepEqual(await routesOf(await createApi()), new Set(ROUTES));
});

test("H10: with gossip, its routes are documented too", async () => {
  await withGossip(["n1"], async (api) => {
    assert.ok(api !== undefined);
    assert.deepEqual(await routesOf(api), new Set([...ROUTES, ...GOSSIP_ROUTES]));
    await assertAnswersMatch(api, GOSSIP_EXAMPLES);
  });
});

test("H21: each operation has a summary and one tag, that of its dialect if it has one", async () => {
  await withGossip(["n1"], async (api) => {
    assert.ok(api !== undefined);
    const document = await documentOf(api);
    const operations = operationsOf(document);
    const described = document.tags.map(({ name }) => name);
    for (const { method, path, summary, tags = [] } of operations) {
      const name = `${method} ${path}`;
      assert.ok(summary, `${name} has no summary`);
      assert.equal(tags.length, 1, `${name} has the tags ${tags.join(", ")}`);
      assert.ok(described.includes(tags[0] ?? ""), `${name}: ${tags[0]} is not described`);
      const dialect = /^\/dialects\/([^/]+)/.exec(path)?.[1];
      if (dialect !== undefined) assert.deepEqual(tags, [`dialect ${dialect}`], name);
    }
    const used = new Set(operations.flatMap(({ tags = [] }) => tags));
    assert.deepEqual(new Set(described), used, "tags without an operation");
  });
});

test("H21: a dialect that is not served is not described", async () => {
  const { tags } = await documentOf(await createApi({ dialects: ["gossip-kv"] }));
  assert.deepEqual(
    tags.filter(({ name }) => name.startsWith("dialect")),
    [],
  );
});

const GOSSIP_EXAMPLES: typeof EXAMPLES = [
  ["GET", "/"],
  ["GET", "/members"],
  ["GET", "/health"],
  ["GET", "/readyz"],
  ["GET", "/api/cluster"],
  ["GET", "/set_kv?key=a&value=b"],
  ["GET", "/set_kv?key=a"],
  ["GET", "/mark_for_deletion?key=a"],
  ["GET", "/update_service?service_type=storage&host=a:1"],
  ["GET", "/update_service?service_type=storage"],
  ["GET", "/dialects/gossip-kv/"],
  ["GET", "/dialects/service-registry/members"],
];

const EXAMPLES: readonly (readonly [string, string, unknown?])[] = [
  ["POST", "/api/write", { key: "a", value: "b" }],
  ["POST", "/api/write", { key: "a" }],
  ["GET", "/api/read"],
  ["GET", "/api/read?key=a"],
  ["GET", "/api/consistent_read?key=none"],
  ["POST", "/api/read", { key: "a" }],
  ["POST", "/api/delete", { key: "a" }],
  ["GET", "/api/cluster"],
  ["POST", "/api/init"],
  ["POST", "/api/add-learner", { node_id: 2, api_addr: "a:1" }],
  ["POST", "/api/change-membership", { members: [1, 2] }],
  ["POST", "/api/add-learner", { node_id: 3, api_addr: "a:1" }],
  ["POST", "/api/promote", { node_id: 3 }],
  ["POST", "/api/promote", { node_id: 3 }],
  ["POST", "/api/remove-member", { node_id: 2 }],
  ["POST", "/api/membership-policy", { automatic: true, readmit: [2] }],
  ["GET", "/api/cluster/explain"],
  ["GET", "/api/cluster"],
  ["POST", "/api/transfer-leadership", { node_id: 1 }],
  ["POST", "/api/compact"],
  ["GET", "/"],
  ["GET", "/members"],
  ["GET", "/health"],
  ["GET", "/livez"],
  ["GET", "/readyz"],
  ["GET", "/metrics"],
  ["GET", "/dialects/raft-key-value/metrics"],
  ["POST", "/write", '{"Set":{"key":"a","value":"b"}}'],
  ["POST", "/write", '{"Set":5}'],
  ["POST", "/read", '"a"'],
  ["POST", "/init"],
  ["POST", "/add-learner", '[3,"a:1"]'],
  ["POST", "/change-membership", "[1]"],
  ["GET", "/list-nodes"],
];

test("H10: answers, good and bad, match the schemas of their routes", async () => {
  await assertAnswersMatch(await createApi(), EXAMPLES);
});

async function assertAnswersMatch(api: Api, examples: typeof EXAMPLES): Promise<void> {
  const operations = operationsOf(await documentOf(api));
  for (const [method, url, body] of examples) {
    const reply = method === "GET" ? await api.get(url) : await api.post(url, body);
    const path = url.split("?", 1)[0] ?? "";
    const operation = operations.find((one) => one.method === method && one.path === path);
    assert.ok(operation, `${method} ${path} is not documented`);
    assertDocumented(operation, reply, `${method} ${url} (${reply.status})`);
  }
}
