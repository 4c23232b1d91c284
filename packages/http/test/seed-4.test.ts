import assert from "node:assert/strict";
import { test } from "node:test";
import { type Api, CURL, createApi, type Reply } from "./api.ts";

const PREFIXES = ["", "/dialects/raft-key-value"] as const;
const shared: Api = await createApi();

/** Each promise is kept at the root and under the dialect's own prefix. */
function seedTest(name: string, body: (api: Api, prefix: string) => Promise<void>): void {
  for (const prefix of PREFIXES) {
    test(`${name} [${prefix === "" ? "root" : prefix}]`, async () => {
      shared.service.reset({ initialized: false });
      await body(shared, prefix);
    });
  }
}

/** S4-02, H8: exactly one of Ok and Err. */
function ok(reply: Reply): unknown {
  assert.equal(reply.status, 200, reply.text);
  assert.deepEqual(Object.keys(reply.json()), ["Ok"], reply.text);
  return reply.json()["Ok"];
}

type SeedErr = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

function err(reply: Reply, status = 200): SeedErr {
  assert.equal(reply.status, status, reply.text);
  assert.deepEqual(Object.keys(reply.json()), ["Err"], reply.text);
  return reply.json()["Err"] as SeedErr;
}

for (const body of [undefined, "", "{}", "[]"]) {
  seedTest(`S4-20: /init with body ${body ?? "absent"} creates a cluster`, async (api, prefix) => {
    assert.equal(ok(await api.post(`${prefix}/init`, body, CURL)), null);
    assert.equal(api.service.status().role, "leader");
  });
}

seedTest("S4-20: a second /init is NotAllowed", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  assert.ok("NotAllowed" in err(await api.post(`${prefix}/init`)));
});

seedTest("S4-21: /write AddNode records addresses, its own included", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  for (const id of [1, 2]) {
    const reply = await api.post(
      `${prefix}/write`,
      `{"AddNode":{"id":${id},"addr":"127.0.0.1:2100${id}"}}`,
      CURL,
    );
    assert.deepEqual(ok(reply), {
      log_id: { term: 1, index: id + 1 },
      data: { value: null },
      membership: null,
    });
  }
  const nodes = { "1": "127.0.0.1:21001", "2": "127.0.0.1:21002" };
  assert.deepEqual(ok(await api.get(`${prefix}/list-nodes`)), nodes);
  assert.deepEqual(ok(await api.post(`${prefix}/list-nodes`)), nodes);
});

for (const body of [
  "2",
  '"2"',
  '[2, "127.0.0.1:21002"]',
  '{"node_id":2,"api_addr":"127.0.0.1:21002","rpc_addr":"127.0.0.1:22002"}',
  '{"node_id":2,"api_addr":"127.0.0.1:21002","raft_addr":"127.0.0.1:22002"}',
]) {
  seedTest(`S4-22: /add-learner takes ${body}`, async (api, prefix) => {
    await api.post(`${prefix}/init`);
    await api.post(`${prefix}/write`, '{"AddNode":{"id":2,"addr":"127.0.0.1:21002"}}', CURL);
    const added = { term: 1, index: 3 };
    assert.deepEqual(ok(await api.post(`${prefix}/add-learner`, body, CURL)), {
      membership_log_id: added,
      matched: added,
    });
    const expected = body.startsWith("{") ? "127.0.0.1:22002" : "127.0.0.1:21002";
    assert.equal(api.service.status().configuration.members[1]?.rpcAddress, expected);
  });
}

for (const body of ["[1, 2]", '"[1, 2]"']) {
  seedTest(`S4-23: /change-membership takes ${body}`, async (api, prefix) => {
    await api.post(`${prefix}/init`);
    await api.post(`${prefix}/add-learner`, '[2,"127.0.0.1:21002"]', CURL);
    assert.deepEqual(ok(await api.post(`${prefix}/change-membership`, body, CURL)), {
      log_id: { term: 1, index: 3 },
      data: { value: null },
      membership: { learners: [], configs: [[1, 2]], all_members: [1, 2] },
    });
  });
}

seedTest("S4-24: /write Set answers log_id, data and membership", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  const reply = await api.post(`${prefix}/write`, '{"Set":{"key":"foo","value":"bar"}}', CURL);
  assert.deepEqual(ok(reply), {
    log_id: { term: 1, index: 2 },
    data: { value: "bar" },
    membership: null,
  });
});

seedTest("S4-25: writes are forwarded, whichever node takes them", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  await api.post(`${prefix}/write`, '{"Set":{"key":"foo","value":"bar"}}', CURL);
  assert.equal(api.service.lastWriteOptions?.forward, true);
});

seedTest("S4-26: /read is local, and a missing key is the empty string", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  await api.post(`${prefix}/write`, '{"Set":{"key":"foo","value":"bar"}}', CURL);
  assert.equal(ok(await api.post(`${prefix}/read`, '"foo"', CURL)), "bar");
  assert.equal(api.service.lastConsistency, "local");
  assert.equal(ok(await api.post(`${prefix}/read`, '"missing"', CURL)), "");
});

seedTest("S4-27: another server of the same state reads it", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  await api.post(`${prefix}/write`, '{"Set":{"key":"foo","value":"bar"}}', CURL);
  const other = await createApi({}, api.service);
  assert.equal(ok(await other.post(`${prefix}/read`, '"foo"', CURL)), "bar");
});

const byName = (a: string, b: string): number => a.localeCompare(b, "en");

const METRICS_FIELDS = [
  "current_leader",
  "current_term",
  "id",
  "last_applied",
  "last_log_index",
  "leader_metrics",
  "membership_config",
  "running_state",
  "snapshot",
  "state",
];

test("S4-28: /metrics of the dialect has exactly the seed's fields inside Ok", async () => {
  const api = await createApi();
  const metrics = ok(await api.get("/dialects/raft-key-value/metrics")) as Record<string, unknown>;
  assert.deepEqual(Object.keys(metrics).sort(byName), METRICS_FIELDS);
  assert.deepEqual(metrics["running_state"], { Ok: null });
  assert.deepEqual(metrics["last_applied"], { term: 1, index: 1 });
  assert.deepEqual(metrics["membership_config"], {
    log_id: { index: 1 },
    membership: { learners: [], configs: [[1]], all_members: [1] },
  });
  assert.deepEqual(metrics["leader_metrics"], { replication: {} });
});

test("S4-28, S3-15: /metrics at the root is the union of both seeds, Ok included", async () => {
  const api = await createApi();
  const metrics = (await api.get("/metrics")).json();
  const seed3 = ["node_id", "membership"];
  assert.deepEqual(
    Object.keys(metrics).sort(byName),
    ["Ok", ...METRICS_FIELDS, ...seed3].sort(byName),
  );
  assert.equal(metrics["node_id"], 1);
  assert.deepEqual(metrics["Ok"], ok(await api.get("/dialects/raft-key-value/metrics")));
});

seedTest("S4-29: without a leader a write is ForwardToLeader", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  api.service.failWith("no_leader", "no leader is known", { outcome: "not_applied" });
  const error = err(await api.post(`${prefix}/write`, '{"Set":{"key":"a","value":"b"}}', CURL));
  assert.equal(error["ForwardToLeader"]?.["outcome"], "not_applied");
  api.service.failWith("not_leader", "node 1 leads", { outcome: "not_applied", leader: 1 });
  const known = err(await api.post(`${prefix}/write`, '{"Set":{"key":"a","value":"b"}}', CURL));
  assert.equal(known["ForwardToLeader"]?.["leader_id"], 1);
  assert.deepEqual(known["ForwardToLeader"]?.["leader_node"], { addr: "127.0.0.1:21001" });
});

seedTest("S4-29: membership refusals have the seed's names", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  const unknown = err(await api.post(`${prefix}/change-membership`, "[1, 9]", CURL));
  assert.deepEqual(Object.keys(unknown["ChangeMembershipError"] ?? {}), ["LearnerNotFound"]);
  await api.post(`${prefix}/add-learner`, '[2,"127.0.0.1:21002"]', CURL);
  api.service.failWith("conflict", "a change is in progress", { outcome: "not_applied" });
  assert.deepEqual(err(await api.post(`${prefix}/add-learner`, "2", CURL)), { Exists: 2 });
  const busy = err(await api.post(`${prefix}/change-membership`, "[1, 2]", CURL));
  assert.deepEqual(Object.keys(busy["ChangeMembershipError"] ?? {}), ["InProgress"]);
  const empty = err(await api.post(`${prefix}/change-membership`, "[]", CURL), 400);
  assert.ok("InvalidRequest" in empty);
});

seedTest("S4-29: a write of unknown outcome is not dressed up as 200", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  api.service.failWith("timeout", "no answer in 5,000 ms", { outcome: "unknown" });
  const reply = await api.post(`${prefix}/write`, '{"Set":{"key":"a","value":"b"}}', CURL);
  assert.equal(err(reply, 504)["Unavailable"]?.["outcome"], "unknown");
  api.service.failWith("overloaded", "too many writes", { outcome: "not_applied" });
  const busy = await api.post(`${prefix}/write`, '{"Set":{"key":"a","value":"b"}}', CURL);
  assert.equal(err(busy, 503)["Unavailable"]?.["outcome"], "not_applied");
  assert.equal(busy.headers["retry-after"], "1");
});

seedTest("S4-30: the three steps of joining", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  ok(await api.post(`${prefix}/write`, '{"AddNode":{"id":2,"addr":"127.0.0.1:21002"}}', CURL));
  ok(await api.post(`${prefix}/add-learner`, "2", CURL));
  ok(await api.post(`${prefix}/change-membership`, "[1, 2]", CURL));
  assert.equal(api.service.status().configuration.voters.length, 2);
});

seedTest("S4-34: today's CompareAndSet and linearizable reads", async (api, prefix) => {
  await api.post(`${prefix}/init`, "[]", CURL);
  const write = (version: number, value: string): Promise<Reply> =>
    api.post(`${prefix}/write`, {
      CompareAndSet: { key: "foo", expected_version: version, value },
    });
  const first = ok(await write(0, "a")) as Record<string, unknown>;
  assert.deepEqual(first["data"], { value: "a", version: 1 });
  const refused = ok(await write(0, "b")) as Record<string, unknown>;
  assert.deepEqual(refused["data"], { value: "a", version: 1 });
  assert.equal(ok(await api.post(`${prefix}/linearizable_read`, '"foo"', CURL)), "a");
  assert.equal(api.service.lastConsistency, "linearizable");
  assert.equal(ok(await api.post(`${prefix}/follower_read`, '"foo"', CURL)), "a");
});

seedTest("a value that is not text is an Err, not wrong text", async (api, prefix) => {
  await api.post(`${prefix}/init`);
  api.service.putBytes(Buffer.from("bin"), Buffer.from([0xff]));
  const error = err(await api.post(`${prefix}/read`, '"bin"', CURL), 501);
  assert.match(String(error["Unavailable"]?.["message"]), /not UTF-8/);
});

test("an unknown dialect and a limit of nothing are refused at the start", async () => {
  const unknown = createApi({ dialects: ["etcd" as "raft-key-value"] });
  await assert.rejects(
    unknown,
    /dialect is "etcd"; allowed are gossip-kv, service-registry, raft-cluster, raft-key-value/,
  );
  await assert.rejects(createApi({ connectionsMax: 0 }), /connectionsMax is 0; allowed are pos/);
});

test("a dialect that is not listed is not served", async () => {
  const api = await createApi({ dialects: [] });
  assert.equal((await api.post("/write", '{"Set":{"key":"a","value":"b"}}')).status, 404);
  assert.equal((await api.post("/api/write", { key: "a", value: "b" })).status, 200);
});
