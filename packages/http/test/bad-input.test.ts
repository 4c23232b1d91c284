// H5: bad input is refused with its field, what was given and what is allowed, and never reaches
// the service.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeKvService } from "../testing/index.ts";
import { type Api, CURL, createApi, type Reply } from "./api.ts";

const LONG_KEY = "k".repeat(4097);
const LARGE_VALUE = "v".repeat(1024 * 1024 + 1);

// Nothing here changes the state, which is what is being tested: one server serves all.
const api: Api = await createApi();

interface Case {
  readonly url: string;
  readonly body: unknown;
  readonly says: RegExp;
  readonly status?: number;
}

const CANONICAL: readonly Case[] = [
  { url: "/api/write", body: "{", says: /not JSON/ },
  { url: "/api/write", body: "", says: /body is missing/ },
  { url: "/api/write", body: "[]", says: /the body is an array; allowed is object/ },
  { url: "/api/write", body: { key: "a" }, says: /value is missing/ },
  { url: "/api/write", body: { key: 5, value: "b" }, says: /key is a number; allowed is string/ },
  { url: "/api/write", body: { key: "a", value: null }, says: /value is null; allowed is string/ },
  { url: "/api/write", body: { key: "", value: "b" }, says: /key is empty; allowed are 1 to 4096/ },
  { url: "/api/write", body: { key: LONG_KEY, value: "b" }, says: /key is 4097 bytes.*4096/ },
  {
    url: "/api/write",
    body: { key: "a", value: LARGE_VALUE },
    says: /value is 1048577 bytes.*1048576/,
  },
  {
    url: "/api/write",
    body: { key: "a", value: "b", ttl: 5 },
    says: /unknown field "ttl"; allowed are key, value/,
  },
  { url: "/api/write", body: '{"key":"\\ud800","value":"b"}', says: /key has half of a surrogate/ },
  {
    url: "/api/write?forwrad=false",
    body: { key: "a", value: "b" },
    says: /unknown query parameter "forwrad"; allowed are timeout_ms, forward/,
  },
  { url: "/api/write?forward=no", body: { key: "a", value: "b" }, says: /forward.*true, false/ },
  {
    url: "/api/write?timeout_ms=0",
    body: { key: "a", value: "b" },
    says: /timeout_ms is "0"; allowed are integers from 1 to 60000/,
  },
  { url: "/api/write", body: "x".repeat(9 * 1024 * 1024), says: /8388608 bytes/, status: 413 },
  { url: "/api/delete", body: "{", says: /not JSON/ },
  { url: "/api/delete", body: {}, says: /key is missing/ },
  { url: "/api/delete", body: { key: "" }, says: /key is empty/ },
  { url: "/api/read", body: { key: LONG_KEY }, says: /4096/ },
  { url: "/api/read", body: { key: "a", x: 1 }, says: /unknown field "x"/ },
  { url: "/api/consistent_read", body: { key: 1 }, says: /key is a number/ },
  { url: "/api/consistent_read", body: "nope", says: /not JSON/ },
  { url: "/api/init", body: { force: true }, says: /allowed are none and \{\}/ },
  { url: "/api/compact", body: "7", says: /allowed are none and \{\}/ },
  { url: "/api/add-learner", body: {}, says: /node_id is missing/ },
  { url: "/api/add-learner", body: { node_id: "2" }, says: /node_id is a string; allowed is int/ },
  { url: "/api/add-learner", body: { node_id: 0 }, says: /node_id must be >= 1/ },
  {
    url: "/api/add-learner",
    body: { node_id: 2, rpc_addr: "nowhere" },
    says: /rpc_addr is "nowhere"; allowed is host:port/,
  },
  {
    url: "/api/add-learner",
    body: { node_id: 2, api_addr: "a:99999" },
    says: /api_addr is "a:99999"/,
  },
  { url: "/api/change-membership", body: { members: [] }, says: /at least one id/ },
  { url: "/api/change-membership", body: { members: [1, 1] }, says: /names 1 twice/ },
  { url: "/api/change-membership", body: { members: ["1"] }, says: /members\.0 is a string/ },
  { url: "/api/change-membership", body: { members: 1 }, says: /members is a number/ },
  { url: "/api/promote", body: {}, says: /node_id is missing/ },
  { url: "/api/promote", body: { node_id: 1 }, says: /node 1 is a voter already/, status: 409 },
  { url: "/api/promote", body: { node_id: -1 }, says: /node_id must be >= 1/ },
  { url: "/api/remove-member", body: { id: 1 }, says: /node_id is missing/ },
  { url: "/api/remove-member", body: { node_id: 2 ** 60 }, says: /node_id is 115.*2\^53/ },
  { url: "/api/remove-member", body: { node_id: 9 }, says: /label 9 is unknown/ },
  {
    url: "/api/remove-member",
    body: { node_id: 1, expected_configuration_index: "1" },
    says: /expected_configuration_index is a string/,
  },
  { url: "/api/membership-policy", body: "[]", says: /body is an array/ },
  { url: "/api/membership-policy", body: { automatic: "on" }, says: /automatic is a string/ },
  { url: "/api/membership-policy", body: { readmit: 2 }, says: /readmit is a number/ },
  {
    url: "/api/membership-policy",
    body: { readmit: [0] },
    says: /readmit.*>= 1/,
  },
  { url: "/api/membership-policy", body: { paused: [1] }, says: /unknown field "paused"/ },
  { url: "/api/transfer-leadership", body: { node_id: 1.5 }, says: /allowed is integer/ },
  { url: "/api/transfer-leadership", body: { to: 1 }, says: /unknown field "to"/ },
];

for (const { url, body, says, status = 400 } of CANONICAL) {
  const shown = (typeof body === "string" ? body : JSON.stringify(body)).slice(0, 50);
  test(`H5: POST ${url} ${shown} is ${status} and says ${says.source}`, async () => {
    const before = api.service.status().lastLogIndex;
    const reply = await api.post(url, body);
    assertProblem(reply, status, says);
    assert.equal(api.service.status().lastLogIndex, before);
  });
}

const SEED_4: readonly Case[] = [
  { url: "/write", body: '{"Set":', says: /not JSON/ },
  { url: "/write", body: "", says: /the body is missing/ },
  { url: "/write", body: '"Set"', says: /the body is a string; allowed is an object/ },
  { url: "/write", body: "{}", says: /0 fields; allowed is one of Set, AddNode/ },
  { url: "/write", body: '{"Put":{}}', says: /unknown request "Put"; allowed are Set/ },
  { url: "/write", body: '{"Set":[]}', says: /Set is an array; allowed is an object/ },
  { url: "/write", body: '{"Set":{"key":"a"}}', says: /Set\.value is missing/ },
  { url: "/write", body: '{"Set":{"key":1,"value":"b"}}', says: /Set\.key is a number/ },
  { url: "/write", body: '{"Set":{"key":"","value":"b"}}', says: /Set\.key is empty/ },
  { url: "/write", body: { Set: { key: LONG_KEY, value: "b" } }, says: /4097 bytes.*4096/ },
  { url: "/write", body: { Set: { key: "a", value: LARGE_VALUE } }, says: /1048577.*1048576/ },
  { url: "/write", body: '{"Set":{"key":"a","value":"b","x":1}}', says: /unknown field "x"/ },
  { url: "/write", body: '{"AddNode":{"id":0,"addr":"a:1"}}', says: /AddNode\.id is 0/ },
  { url: "/write", body: '{"AddNode":{"id":2,"addr":"a"}}', says: /AddNode\.addr is "a"/ },
  {
    url: "/write",
    body: '{"CompareAndSet":{"key":"a","expected_version":-1,"value":"b"}}',
    says: /expected_version is -1/,
  },
  { url: "/read", body: "foo", says: /not JSON/ },
  { url: "/read", body: '""', says: /the body is empty/ },
  { url: "/read", body: "5", says: /the body is a number; allowed is a string/ },
  { url: "/linearizable_read", body: "{}", says: /the body is an object/ },
  { url: "/init", body: '{"force":1}', says: /allowed are none, \{\} and \[\]/ },
  { url: "/init", body: '[[9,"a:1"]]', says: /names node 9/ },
  { url: "/add-learner", body: "two", says: /not JSON/ },
  { url: "/add-learner", body: '"two"', says: /node_id is "two"; allowed are integers/ },
  { url: "/add-learner", body: "[2]", says: /1 items; allowed is \[id, "host:port"\]/ },
  { url: "/add-learner", body: '[2,"nowhere"]', says: /address is "nowhere"/ },
  { url: "/add-learner", body: '{"node_id":2,"x":1}', says: /unknown field "x"/ },
  { url: "/change-membership", body: '"x"', says: /allowed is an array of ids/ },
  { url: "/change-membership", body: "7", says: /the body is a number/ },
  { url: "/change-membership", body: "[0]", says: /members\.0 is 0/ },
];

for (const { url, body, says } of SEED_4) {
  const shown = (typeof body === "string" ? body : JSON.stringify(body)).slice(0, 50);
  test(`H5: seed 4's POST ${url} ${shown} is an Err that says ${says.source}`, async () => {
    for (const prefix of ["", "/dialects/raft-key-value"]) {
      const reply = await api.post(`${prefix}${url}`, body, CURL);
      assert.equal(reply.status, 400, reply.text.slice(0, 200));
      const { Err } = reply.json() as { Err: { InvalidRequest: { message: string } } };
      assert.match(Err.InvalidRequest.message, says);
    }
    assert.equal(api.service.status().lastLogIndex, 1);
  });
}

test("H5: a body over the limit is refused in the dialect's shape", async () => {
  const small = await createApi({ bodyLimitBytes: 100 });
  const reply = await small.post("/read", `"${"x".repeat(200)}"`, CURL);
  assert.equal(reply.status, 413);
  assert.match(reply.text, /InvalidRequest.*100 bytes/);
});

test("H5: bytes that are not UTF-8 are refused instead of replaced", async () => {
  const payload = Buffer.concat([
    Buffer.from('{"key":"'),
    Buffer.from([0xff]),
    Buffer.from('","value":"b"}'),
  ]);
  const headers = { "content-type": "application/json" };
  const reply = await api.server.inject({ method: "POST", url: "/api/write", headers, payload });
  assert.equal(reply.statusCode, 400);
  assert.match(reply.body, /not UTF-8/);
});

test("H5: a body that is not sent as JSON is 415 in the canonical API", async () => {
  assertProblem(await api.post("/api/write", "key=a", CURL), 415, /application\/json/);
});

test("an unknown path is 404, a wrong method 405 with Allow, both as a problem", async () => {
  assertProblem(await api.get("/nope"), 404, /there is no \/nope/);
  assertProblem(await api.post("/nope", "a=b", CURL), 404, /there is no \/nope/);
  for (const [method, url, allow] of [
    ["GET", "/api/write", "POST"],
    ["DELETE", "/api/read", "GET, HEAD, POST"],
    ["POST", "/api/read/a/b", "GET, HEAD"],
    ["POST", "/health", "GET, HEAD"],
    ["PUT", "/write", "POST"],
    ["GET", "/dialects/raft-key-value/init", "POST"],
  ] as const) {
    const reply = await api.send(method, url);
    assertProblem(reply, 405, /does not take/);
    assert.equal(reply.headers["allow"], allow);
  }
});

test("a write before the cluster exists is refused, not lost", async () => {
  const waiting = await createApi({}, createFakeKvService({ initialized: false }));
  const reply = await waiting.post("/api/write", { key: "a", value: "b" });
  assert.equal(reply.status, 503);
  assert.equal(reply.json()["outcome"], "not_applied");
});

function assertProblem(reply: Reply, status: number, says: RegExp): void {
  assert.equal(reply.status, status, reply.text.slice(0, 300));
  assert.match(reply.type, /^application\/problem\+json/);
  const problem = reply.json();
  assert.equal(problem["status"], status);
  assert.match(String(problem["detail"]), says);
}
