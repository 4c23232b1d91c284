// The served API against its own document: requests are made up from the schemas, some as they allow
// and some not, of a node in every state; whatever is answered must be in the document.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startNode } from "@caucus/node";
import { Validator } from "@seriousme/openapi-schema-validator";
import fc from "fast-check";
import type { FakeKvService } from "../testing/index.ts";
import { type Api, createApi, type Reply } from "./api.ts";
import { withGossip } from "./gossip-api.ts";
import {
  assertDocumented,
  documentOf,
  isAllowed,
  type Operation,
  operationsOf,
  type Parameter,
} from "./openapi-document.ts";
import { arbitraryOf, type Schema } from "./schema-arbitrary.ts";

const RUNS = 30;

/** Which operations are tried, and how often. */
interface Choice {
  readonly isAsked: (operation: Operation) => boolean;
  readonly numRuns: number;
}

interface Request {
  readonly url: string;
  /** What goes over the wire; undefined sends none. */
  readonly body: string | undefined;
}

/** What a service may be like while a request comes. */
const CONDITIONS: Readonly<Record<string, (service: FakeKvService) => void>> = {
  healthy: (service) => {
    service.reset();
    void service.addLearner({ label: 2, address: "127.0.0.1:21002" });
  },
  waiting: (service) => service.reset({ initialized: false }),
  leaderless: (service) => service.failWith("no_leader", "none", { outcome: "not_applied" }),
  elsewhere: (service) => service.failWith("not_leader", "node 2 leads", { leader: 2 }),
  slow: (service) => service.failWith("timeout", "too late", { outcome: "unknown" }),
  full: (service) => service.failWith("overloaded", "full", { retryAfterSeconds: 2 }),
  refusing: (service) => service.failWith("conflict", "not now"),
  poisoned: (service) => {
    service.failWith("poisoned", "the disk failed");
    service.setStatus({ state: "poisoned" });
  },
};

function prepareFake(service: FakeKvService, condition: string): void {
  service.failWith(undefined);
  service.setStatus({});
  CONDITIONS[condition]?.(service);
}

/** Mostly one that makes requests succeed. */
const conditions = fc.oneof(
  { weight: 5, arbitrary: fc.constant("healthy") },
  { weight: 5, arbitrary: fc.constantFrom(...Object.keys(CONDITIONS)) },
);

test("H20: the document is valid OpenAPI 3.1 by another's judgement", async () => {
  await assertValid(await createApi());
  await withGossip(["n1"], async (api) => assertValid(api as Api));
});

async function assertValid(api: Api): Promise<void> {
  const validator = new Validator();
  const document = (await api.get("/spec")).json();
  const { errors, valid } = await validator.validate(document);
  assert.ok(valid, JSON.stringify(errors));
  assert.equal(validator.version, "3.1");
}

test("H20: whatever a node is asked, and whatever its state, its answer is documented", async () => {
  const api = await createApi();
  await checkOperations(api, (condition) => prepareFake(api.service, condition));
});

test("H20: with Raft and gossip, each answer is documented", async () => {
  const check = async (api: Api | undefined): Promise<void> => {
    assert.ok(api !== undefined);
    await checkOperations(api, () => {});
  };
  await withGossip(["n1"], check, { agents: false });
});

test("H20: with gossip alone, each answer is documented", async () => {
  await withGossip(["n1"], async (api) => checkOperations(api as Api, () => {}));
});

/** These wait for nodes that nobody runs, or take the node out of its own cluster. */
const NEEDS_OTHERS = /learner|\/join|\/leave|member|transfer|promote/;

test("H20: a real node, alone in its cluster, answers as documented too", async () => {
  const node = await startNode({
    label: 1,
    rpcAddress: "127.0.0.1:1",
    apiAddress: "127.0.0.1:1",
    storage: "memory",
    gossip: { listenAddress: "127.0.0.1:0" },
  });
  try {
    const { gossip, metrics, service } = node;
    await service.initialize();
    await service.write({ kind: "put", key: Buffer.from("a"), value: Buffer.of(0xff) });
    const api = await createApi({ service, gossip, metrics });
    await checkOperations(api, () => {}, {
      numRuns: RUNS / 2,
      isAsked: ({ method, path }) => method === "GET" || !NEEDS_OTHERS.test(path),
    });
  } finally {
    await node.stop();
  }
});

test("H20: the requests made up for an operation include some that succeed", async () => {
  const api = await createApi();
  for (const operation of operationsOf(await documentOf(api))) {
    const tries = fc.sample(fc.tuple(conditions, requestsOf(operation)), { seed: 1, numRuns: 500 });
    const statuses = new Set<number>();
    for (const [condition, request] of tries) {
      prepareFake(api.service, condition);
      statuses.add((await send(api, operation, request)).status);
      if ([...statuses].some((status) => status < 300)) break;
    }
    const name = `${operation.method} ${operation.path}`;
    // A WebSocket begins with a handshake of its own: see events.test.ts.
    const isUpgrade = "101" in operation.responses && statuses.has(426);
    const isOk = isUpgrade || [...statuses].some((status) => status < 300);
    assert.ok(isOk, `${name}: of ${tries.length} requests none succeeded: ${[...statuses]}`);
  }
});

async function checkOperations(
  api: Api,
  prepare: (condition: string) => void,
  { isAsked, numRuns }: Choice = { isAsked: () => true, numRuns: RUNS },
): Promise<void> {
  for (const operation of operationsOf(await documentOf(api)).filter(isAsked)) {
    await fc.assert(
      fc.asyncProperty(conditions, requestsOf(operation), async (condition, request) => {
        prepare(condition);
        const reply = await send(api, operation, request);
        const { method } = operation;
        const name = `${method} ${request.url} ${request.body ?? ""} (${condition})`;
        assert.notEqual(reply.status, 500, `${name}: ${reply.text}`);
        assertDocumented(operation, reply, name);
        if (breaksSchema(operation, request)) assertRefused(reply, name);
      }),
      { numRuns },
    );
  }
}

function send(api: Api, { method }: Operation, { body, url }: Request): Promise<Reply> {
  return method === "POST" ? api.post(url, body) : api.send(method, url);
}

function requestsOf(operation: Operation): fc.Arbitrary<Request> {
  return fc
    .tuple(pathsOf(operation), queriesOf(operation), bodiesOf(operation))
    .map(([path, query, body]) => ({ url: query === "" ? path : `${path}?${query}`, body }));
}

function parametersOf({ parameters = [] }: Operation, where: Parameter["in"]): Parameter[] {
  return parameters.filter((parameter) => parameter.in === where);
}

function pathsOf(operation: Operation): fc.Arbitrary<string> {
  const schemas = parametersOf(operation, "path").map(({ name, schema }) => [name, schema]);
  return valuesOf(Object.fromEntries(schemas)).map((values) =>
    operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(String(values[name])),
    ),
  );
}

/** As the schemas allow it; or without a parameter, or with one too many. */
function queriesOf(operation: Operation): fc.Arbitrary<string> {
  const parameters = parametersOf(operation, "query");
  const schemas = parameters.map(({ name, schema }) => [name, schema]);
  const all = valuesOf(Object.fromEntries(schemas));
  const some = fc.subarray(parameters.map(({ name }) => name));
  const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
  return fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(all, some)
        .map(([values, names]) => queryText(values, [...required, ...names])),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(all, some).map(([values, names]) => queryText(values, names)),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom("surprise=1", "key=%FF", "timeout_ms=0", "key=a&key=b", "="),
    },
  );
}

function queryText(values: Readonly<Record<string, unknown>>, names: readonly string[]): string {
  return [...new Set(names)]
    .map((name) => `${name}=${encodeURIComponent(String(values[name]))}`)
    .join("&");
}

/** Lone surrogates cannot be percent-encoded. */
function valuesOf(
  schemas: Readonly<Record<string, Schema>>,
): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const values = Object.entries(schemas).map(([name, schema]) => [name, arbitraryOf(schema)]);
  return fc
    .record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>)
    .filter((record) =>
      Object.values(record).every((value) => !/\p{Surrogate}/u.test(String(value))),
    );
}

function bodiesOf(operation: Operation): fc.Arbitrary<string | undefined> {
  const schema = bodySchemaOf(operation);
  const none = fc.constant(undefined);
  if (schema === undefined) {
    return fc.oneof({ weight: 4, arbitrary: none }, fc.constantFrom("{}", "[]", "5", "{", ""));
  }
  const valid = arbitraryOf(schema);
  const json = (values: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
    values.map((value) => JSON.stringify(value) ?? "null");
  return fc.oneof(
    { weight: 6, arbitrary: json(valid) },
    { weight: 3, arbitrary: json(valid.chain(changed)) },
    { weight: 1, arbitrary: json(fc.jsonValue({ maxDepth: 2 })) },
    {
      weight: 1,
      arbitrary: fc.oneof(none, fc.constantFrom("", "{", "nul", "\u0000", '{"a":1e999}')),
    },
  );
}

/** The same with a field lost, gained or of another kind. */
function changed(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return fc.jsonValue();
  const names = Object.keys(value);
  const name = fc.constantFrom(...names, "surprise");
  return fc
    .tuple(name, fc.option(fc.jsonValue({ maxDepth: 1 }), { nil: undefined }))
    .map(([field, replacement]) => ({ ...value, [field]: replacement }));
}

function bodySchemaOf({ requestBody }: Operation): Schema | undefined {
  return requestBody?.content["application/json"]?.schema;
}

function breaksSchema(operation: Operation, { body }: Request): boolean {
  const schema = bodySchemaOf(operation);
  if (schema === undefined || body === undefined || body === "") return false;
  try {
    return !isAllowed(schema, JSON.parse(body));
  } catch {
    return true;
  }
}

/** Seed 4 answers some refusals with HTTP 200 and `Err`. */
function assertRefused(reply: Reply, name: string): void {
  const isRefused = reply.status >= 400 || "Err" in reply.json();
  assert.ok(isRefused, `${name}: taken although the document forbids it: ${reply.text}`);
}
