// H13: whatever is wrong with a request, seed 3 is told in its one shape, and nothing is written.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createApi } from "./api.ts";
import { errorOf, PREFIX, seedTest } from "./seed-3-api.ts";

interface BadCase {
  readonly url: string;
  /** Absent: a GET. */
  readonly body?: unknown;
  readonly says: RegExp;
}

const OPERATION = (operation: unknown): unknown => ({ operations: [operation] });
const CONDITION = (condition: unknown): unknown => ({ conditions: [condition], if_then: [] });
const LONG = "k".repeat(4_097);

const BAD: readonly BadCase[] = [
  { url: "/get?key=", says: /key is empty; allowed are 1 to 4096/ },
  { url: `/get?key=${LONG}`, says: /key is 4097 bytes long; allowed are 4096/ },
  { url: "/get?key=a&key=b", says: /key is an array; allowed is string/ },
  { url: "/get?key=a&x=1", says: /unknown query parameter "x"; allowed are key/ },
  { url: "/get?key=%zz", says: /not percent-encoded UTF-8/ },
  { url: "/prefix", says: /Missing 'prefix' parameter/ },
  { url: `/prefix?prefix=${LONG}`, says: /prefix is 4097 bytes long/ },
  { url: "/prefix?prefix=a&limit=0", says: /limit is "0"; allowed are integers from 1 to 1000/ },
  { url: "/prefix?prefix=%ff", says: /not percent-encoded UTF-8/ },
  { url: "/set", body: "{", says: /not JSON/ },
  { url: "/set", body: "", says: /the body is missing/ },
  { url: "/set", body: "[]", says: /the body is an array; allowed is object/ },
  { url: "/set", body: {}, says: /Missing 'key' field/ },
  { url: "/set", body: { key: "a" }, says: /Missing 'value' field/ },
  { url: "/set", body: { key: "a", value: 5 }, says: /value is a number; allowed is string/ },
  { url: "/set", body: { key: "", value: "b" }, says: /key is empty/ },
  { url: "/set", body: { key: LONG, value: "b" }, says: /key is 4097 bytes/ },
  { url: "/set", body: { key: "a", value: "v".repeat(1_048_577) }, says: /value is 1048577 bytes/ },
  { url: "/set", body: { key: "a", value: "b", ttl: 1 }, says: /unknown field "ttl"/ },
  { url: "/set", body: '{"key":"\\ud800","value":"b"}', says: /half of a surrogate pair/ },
  { url: "/set?forward=no", body: { key: "a", value: "b" }, says: /forward.*true, false/ },
  { url: "/set?timeout_ms=0", body: { key: "a", value: "b" }, says: /timeout_ms is "0"/ },
  { url: "/delete", body: { key: 1 }, says: /key is a number/ },
  { url: "/getset", body: { key: "a" }, says: /Missing 'value' field/ },
  { url: "/batch_write", body: {}, says: /Missing 'operations' field/ },
  {
    url: "/batch_write",
    body: { operations: {} },
    says: /operations is an object; allowed is arr/,
  },
  { url: "/batch_write", body: OPERATION("set"), says: /operations\.0 is a string/ },
  { url: "/batch_write", body: OPERATION({ key: "a" }), says: /operations\.0\.op is missing/ },
  {
    url: "/batch_write",
    body: OPERATION({ op: "put", key: "a", value: "b" }),
    says: /operations\.0\.op is not one of set, delete/,
  },
  {
    url: "/batch_write",
    body: OPERATION({ op: "set", key: "a" }),
    says: /Missing 'value' for set operation on operations\.0/,
  },
  {
    url: "/batch_write",
    body: OPERATION({ op: "set", key: "a", value: null }),
    says: /Missing 'value' for set operation/,
  },
  {
    url: "/batch_write",
    body: OPERATION({ op: "delete", key: "" }),
    says: /operations\.0\.key is e/,
  },
  { url: "/txn", body: {}, says: /Missing 'conditions' field/ },
  { url: "/txn", body: { conditions: [] }, says: /Missing 'if_then' field/ },
  {
    url: "/txn",
    body: CONDITION({ key: "a", op: "like", value: "b" }),
    says: /conditions\.0\.op is not one of exists, not_exists, equal/,
  },
  {
    url: "/txn",
    body: CONDITION({ key: "a", op: "not_equal" }),
    says: /Condition 'not_equal' requires a value in conditions\.0/,
  },
  { url: "/txn", body: CONDITION({ op: "exists" }), says: /conditions\.0\.key is missing/ },
  { url: "/txn", body: CONDITION({ key: "", op: "exists" }), says: /conditions\.0\.key is empty/ },
  {
    url: "/txn",
    body: { conditions: [], if_then: [], else_then: [{ op: "set", key: "a" }] },
    says: /Missing 'value' for set operation on else_then\.0/,
  },
  {
    url: "/txn",
    body: { conditions: [], if_then: [], return_previous: 1 },
    says: /return_previous is a number; allowed is boolean/,
  },
  { url: "/join", body: { node_id: 2 }, says: /Missing 'endpoint' field/ },
  { url: "/join", body: { node_id: "2", endpoint: "a:1" }, says: /node_id is a string/ },
  { url: "/join", body: { node_id: 0, endpoint: "a:1" }, says: /node_id is 0; allowed are integ/ },
  { url: "/join", body: { node_id: 2, endpoint: "a" }, says: /endpoint is "a"; allowed is host:p/ },
  { url: "/leave", body: {}, says: /Missing 'node_id' field/ },
  { url: "/leave", body: { node_id: -1 }, says: /node_id is -1; allowed are integers from 1/ },
  { url: "/leave", body: { node_id: 9 }, says: /9 is unknown/ },
  { url: "/purge_log", body: { upto: 0 }, says: /upto must be >= 1/ },
  { url: "/purge_log", body: { up_to: 1 }, says: /unknown field "up_to"; allowed are upto/ },
  { url: "/purge_log", body: { upto: "5" }, says: /upto is a string; allowed is integer/ },
  { url: "/trigger_snapshot", body: { now: true }, says: /allowed are none and \{\}/ },
];

for (const { url, body, says } of BAD) {
  const shown = `${url.slice(0, 40)} ${JSON.stringify(body ?? "").slice(0, 60)}`;
  seedTest(`H13: bad input is refused, ${shown} says ${says.source}`, async (api, at) => {
    const before = api.service.status().lastLogIndex;
    const reply = body === undefined ? await api.get(at + url) : await api.post(at + url, body);
    assert.match(errorOf(reply, 400), says);
    assert.equal(api.service.status().lastLogIndex, before);
  });
}

seedTest("H13: a body that is not JSON, and a wrong method, are refused alike", async (api, at) => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  assert.match(errorOf(await api.post(`${at}/set`, "key=a", form), 415), /application\/json/);
  const wrong = await api.send("PUT", `${at}/set`);
  assert.match(errorOf(wrong, 405), /does not take PUT; allowed are POST/);
  assert.equal(wrong.headers["allow"], "POST");
});

test("H13: an unknown path below the prefix is refused alike, elsewhere as a problem", async () => {
  const api = await createApi();
  assert.match(errorOf(await api.get(`${PREFIX}/nope`), 404), /there is no/);
  assert.equal((await api.get("/nope")).json()["code"], "not_found");
  const off = await createApi({ dialects: [] });
  assert.equal((await off.get(`${PREFIX}/get?key=a`)).json()["code"], "not_found");
});

seedTest("H13: what fails inside is logged without key or value", async (api, at) => {
  const lines: string[] = [];
  const record = (message: string, fields?: object): void => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  const logger = { debug: record, info: record, warn: record, error: record };
  const broken = {
    ...api.service,
    get: async (): Promise<never> => {
      throw new Error("a bug");
    },
  };
  const other = await createApi({ logger, service: broken });
  assert.match(errorOf(await other.get(`${at}/get?key=secret`), 500), /Failed to read/);
  assert.equal(lines.length, 1);
  assert.doesNotMatch(lines.join(), /secret/);
});
