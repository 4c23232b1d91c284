// H10: the document lists every route, and answers are as it says.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Api, createApi, type Reply } from "./api.ts";
import { withGossip } from "./gossip-api.ts";

interface Operation {
  readonly summary?: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

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
  "POST /api/add-learner",
  "POST /api/change-membership",
  "POST /api/compact",
  "GET /api/consistent_read",
  "POST /api/consistent_read",
  "GET /api/consistent_read/{key}",
  "POST /api/delete",
  "POST /api/init",
  "GET /api/kv",
  "POST /api/metrics",
  "GET /api/read",
  "POST /api/read",
  "GET /api/read/{key}",
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
];

async function pathsOf(api: Api): Promise<Paths> {
  return (await api.get("/spec")).json()["paths"] as Paths;
}

test("H10: the document has every route and no other, each with a summary", async () => {
  const paths = await pathsOf(await createApi());
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary }]) => {
      assert.ok(summary, `${method} ${path} has no summary`);
      return `${method.toUpperCase()} ${path}`;
    }),
  );
  assert.deepEqual(new Set(documented), new Set(ROUTES));
});

test("H10: with gossip, its routes are documented too", async () => {
  await withGossip(["n1"], async (api) => {
    assert.ok(api !== undefined);
    const documented = Object.entries(await pathsOf(api)).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    assert.deepEqual(new Set(documented), new Set([...ROUTES, ...GOSSIP_ROUTES]));
    await assertAnswersMatch(api, GOSSIP_EXAMPLES);
  });
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
  const paths = await pathsOf(api);
  const ajv = new Ajv2020({ strict: false });
  for (const [method, url, body] of examples) {
    const reply = method === "GET" ? await api.get(url) : await api.post(url, body);
    const path = url.split("?", 1)[0] ?? "";
    const operation = paths[path]?.[method.toLowerCase()];
    assert.ok(operation, `${method} ${path} is not documented`);
    const schema = schemaFor(operation, reply);
    assert.ok(schema, `${method} ${url}: status ${reply.status} is not documented`);
    const name = `${method} ${url} (${reply.status})`;
    assert.ok(ajv.validate(schema, reply.json()), `${name}: ${ajv.errorsText()} in ${reply.text}`);
    assertNothingHidden(schema, reply.json(), name);
  }
}

function schemaFor(operation: Operation, reply: Reply): object | undefined {
  const { responses } = operation;
  const range = `${String(reply.status)[0]}XX`;
  const response = responses[String(reply.status)] ?? responses[range];
  const type = reply.type.split(";", 1)[0] ?? "";
  return response?.content?.[type]?.schema;
}

/** A field that the document does not know is a fault of the document. */
function assertNothingHidden(schema: object, body: Record<string, unknown>, name: string): void {
  const { properties, additionalProperties } = schema as Record<string, object | undefined>;
  if (properties === undefined || additionalProperties !== undefined) return;
  for (const field of Object.keys(body)) assert.ok(field in properties, `${name}: ${field}`);
}
