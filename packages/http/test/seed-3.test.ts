// Seed 3 at the root and under its own prefix: shapes and messages to the letter.

import assert from "node:assert/strict";
import { test } from "node:test";
import { COMMAND_BYTES_MAX, OPERATIONS_MAX } from "@caucus/node";
import { type Api, createApi } from "./api.ts";
import { errorOf, ok, PREFIX, seedTest } from "./seed-3-api.ts";

const set = (key: string, value: string): object => ({ op: "set", key, value });

seedTest("S3-10: GET /get reads locally, and a missing key is 200 with null", async (api, at) => {
  await api.post(`${at}/set`, { key: "mykey", value: "myvalue" });
  assert.deepEqual(ok(await api.get(`${at}/get?key=mykey`)), { key: "mykey", value: "myvalue" });
  assert.equal(api.service.lastConsistency, "local");
  assert.deepEqual(ok(await api.get(`${at}/get?key=none`)), { key: "none", value: null });
  assert.deepEqual(ok(await api.get(`${at}/get?key=a%2Fb%20%C3%A9`)), {
    key: "a/b é",
    value: null,
  });
});

seedTest("S3-10: GET /get without a key is a client's error", async (api, at) => {
  assert.equal(errorOf(await api.get(`${at}/get`), 400), "Missing 'key' parameter");
});

seedTest("S3-11, S3-13: /set and /delete say so in the seed's words", async (api, at) => {
  assert.deepEqual(ok(await api.post(`${at}/set`, { key: "mykey", value: "myvalue" })), {
    success: true,
    message: "Key 'mykey' set successfully",
  });
  for (const _again of [1, 2]) {
    assert.deepEqual(ok(await api.post(`${at}/delete`, { key: "mykey" })), {
      success: true,
      message: "Key 'mykey' deleted successfully",
    });
  }
  assert.equal(ok(await api.get(`${at}/get?key=mykey`))["value"], null);
  assert.equal(errorOf(await api.post(`${at}/delete`, {}), 400), "Missing 'key' field");
});

const WRITES: readonly (readonly [string, object])[] = [
  ["/set", { key: "a", value: "b" }],
  ["/delete", { key: "a" }],
  ["/getset", { key: "a", value: "b" }],
  ["/batch_write", { operations: [set("a", "b")] }],
  ["/txn", { conditions: [], if_then: [set("a", "b")] }],
];

test("H16, S3-12: the root forwards writes, the dialect's prefix does not, ?forward says otherwise", async () => {
  const api = await createApi();
  const refusing = await createApi({ forwardWrites: false });
  const forwards = async (to: Api, url: string, body: object): Promise<unknown> => {
    ok(await to.post(url, body));
    return to.service.lastWriteOptions?.forward;
  };
  for (const [path, body] of WRITES) {
    assert.equal(await forwards(api, path, body), true, path);
    assert.equal(await forwards(api, `${path}?forward=false`, body), false, path);
    assert.equal(await forwards(api, PREFIX + path, body), false, path);
    assert.equal(await forwards(api, `${PREFIX + path}?forward=true`, body), true, path);
    assert.equal(await forwards(refusing, path, body), false, path);
  }
});

seedTest("S3-12: who is not the leader names it, or says unknown", async (api, at) => {
  for (const [path, body] of WRITES) {
    const options = { outcome: "not_applied" } as const;
    api.service.failWith("not_leader", "the leader is node 3", { ...options, leader: 3 });
    assert.equal(
      errorOf(await api.post(at + path, body), 503),
      "This node is not the leader. Current leader: 3",
    );
    api.service.setStatus({ leader: undefined, role: "follower" });
    for (const code of ["not_leader", "no_leader"] as const) {
      api.service.failWith(code, "no leader is known", options);
      assert.equal(
        errorOf(await api.post(at + path, body), 503),
        "This node is not the leader. Current leader: unknown",
      );
    }
  }
});

seedTest("S3-14: GET /health has the seed's fields", async (api, at) => {
  const health = {
    status: "ok",
    node_id: 1,
    is_leader: true,
    current_leader: 1,
    current_term: 1,
    state: "Leader",
  };
  assert.deepEqual(ok(await api.get(`${at}/health`)), health);
  api.service.setStatus({ state: "poisoned" });
  const broken = await api.get(`${at}/health`);
  assert.equal(broken.status, 503);
  assert.deepEqual(Object.keys(broken.json()), Object.keys(health));
});

test("S3-15: GET /metrics of the dialect has exactly the seed's fields, the root has them too", async () => {
  const api = await createApi();
  const metrics = ok(await api.get(`${PREFIX}/metrics`));
  assert.deepEqual(metrics, {
    node_id: 1,
    current_leader: 1,
    current_term: 1,
    last_applied: { term: 1, index: 1 },
    last_log_index: 1,
    state: "Leader",
    membership: { learners: [], configs: [[1]], all_members: [1] },
  });
  const root = ok(await api.get("/metrics"));
  for (const [field, value] of Object.entries(metrics)) assert.deepEqual(root[field], value, field);
});

seedTest("S3-16: what fails says what failed, and whether it was applied", async (api, at) => {
  const cases: readonly (readonly [string, object, string])[] = [
    ["/set", WRITES[0]?.[1] ?? {}, "Failed to write"],
    ["/delete", WRITES[1]?.[1] ?? {}, "Failed to delete"],
    ["/getset", WRITES[2]?.[1] ?? {}, "Failed to getset"],
    ["/batch_write", WRITES[3]?.[1] ?? {}, "Failed to batch write"],
    ["/txn", WRITES[4]?.[1] ?? {}, "Failed to execute transaction"],
    ["/join", { node_id: 2, endpoint: "a:1" }, "Failed to join cluster"],
  ];
  for (const [path, body, words] of cases) {
    api.service.failWith("timeout", "no answer", { outcome: "unknown" });
    const lost = errorOf(await api.post(at + path, body), 504);
    assert.equal(lost, `${words}: no answer (it may have been applied)`);
    api.service.failWith("overloaded", "full", { outcome: "not_applied", retryAfterSeconds: 2 });
    const busy = await api.post(at + path, body);
    assert.equal(errorOf(busy, 503), `${words}: full (not applied)`);
    assert.equal(busy.headers["retry-after"], "2");
  }
  api.service.failWith("poisoned", "the disk failed");
  const failed = errorOf(await api.post(`${at}/trigger_snapshot`), 503);
  assert.equal(failed, "Failed to trigger snapshot: the disk failed");
});

seedTest(
  "S3-16: bytes that are not text are given as base64, and a field says so",
  async (api, at) => {
    const bytes = Buffer.from([0xff, 0x00]);
    api.service.putBytes(Buffer.from("bin"), bytes);
    const value = "/wA=";
    assert.deepEqual(ok(await api.get(`${at}/get?key=bin`)), {
      key: "bin",
      value,
      encoding: "base64",
    });
    assert.deepEqual(ok(await api.get(`${at}/prefix?prefix=bin`))["items"], [
      { key: "bin", value, encoding: "base64" },
    ]);
    const swap = {
      conditions: [],
      if_then: [set("bin", "x"), set("n", "1")],
      return_previous: true,
    };
    const swapped = ok(await api.post(`${at}/txn`, swap));
    assert.deepEqual(swapped["prev_values"], [value, null]);
    assert.deepEqual(swapped["prev_values_encodings"], ["base64", null]);
    api.service.putBytes(Buffer.from("bin"), bytes);
    const got = ok(await api.post(`${at}/getset`, { key: "bin", value: "y" }));
    assert.deepEqual([got["old_value"], got["old_value_encoding"]], [value, "base64"]);
  },
);

seedTest("S3, batch_write: all operations are one write, in order", async (api, at) => {
  await api.post(`${at}/set`, { key: "key3", value: "old" });
  const before = api.service.status().revision;
  const operations = [
    set("key1", "value1"),
    set("key2", "value2"),
    { op: "delete", key: "key3" },
    set("key1", "again"),
  ];
  assert.deepEqual(ok(await api.post(`${at}/batch_write`, { operations })), {
    success: true,
    message: "Batch write successful: 4 operations applied",
  });
  assert.equal(api.service.status().revision, before + 1);
  assert.deepEqual(ok(await api.get(`${at}/prefix?prefix=key`))["items"], [
    { key: "key1", value: "again" },
    { key: "key2", value: "value2" },
  ]);
  assert.deepEqual(ok(await api.post(`${at}/batch_write`, { operations: [] })), {
    success: true,
    message: "No operations to perform",
  });
});

seedTest("S3, batch_write: what is too large names the limit and the size", async (api, at) => {
  const before = api.service.status().lastLogIndex;
  const many = Array.from({ length: OPERATIONS_MAX + 1 }, (_, n) => set(`k${n}`, "v"));
  assert.match(
    errorOf(await api.post(`${at}/batch_write`, { operations: many }), 400),
    new RegExp(`${OPERATIONS_MAX + 1} operations.*allowed are ${OPERATIONS_MAX}`),
  );
  const halves = { conditions: [], if_then: many.slice(0, 600), else_then: many.slice(0, 600) };
  assert.match(errorOf(await api.post(`${at}/txn`, halves), 400), /1200 operations/);
  const large = Array.from({ length: 5 }, (_, n) => set(`k${n}`, "v".repeat(1024 * 1024)));
  assert.match(
    errorOf(await api.post(`${at}/batch_write`, { operations: large }), 400),
    new RegExp(`keys and values have 5242890 bytes.*allowed are ${COMMAND_BYTES_MAX}`),
  );
  const huge = `{"operations":[${" ".repeat(9 * 1024 * 1024)}]}`;
  assert.match(errorOf(await api.post(`${at}/batch_write`, huge), 413), /8388608 bytes/);
  assert.equal(api.service.status().lastLogIndex, before);
  const most = many.slice(0, OPERATIONS_MAX);
  ok(await api.post(`${at}/batch_write`, { operations: most }));
});

seedTest("S3, txn: the branch that the conditions choose, and previous values", async (api, at) => {
  const swap = {
    conditions: [
      { key: "counter", op: "exists" },
      { key: "counter", op: "equal", value: "10" },
    ],
    if_then: [set("counter", "20"), { op: "delete", key: "other" }],
    else_then: [set("counter", "10")],
    return_previous: true,
  };
  const run = async (): Promise<unknown> => ok(await api.post(`${at}/txn`, swap));
  assert.deepEqual(await run(), { success: true, branch: false, prev_values: [null] });
  await api.post(`${at}/set`, { key: "other", value: "x" });
  assert.deepEqual(await run(), { success: true, branch: true, prev_values: ["10", "x"] });
  assert.deepEqual(await run(), { success: true, branch: false, prev_values: ["20"] });
  const quiet = { conditions: [], if_then: [set("counter", "1")] };
  assert.deepEqual(ok(await api.post(`${at}/txn`, quiet)), {
    success: true,
    branch: true,
    prev_values: [],
  });
  // A branch that is missing does nothing.
  const none = { conditions: [{ key: "counter", op: "not_exists" }], if_then: [] };
  assert.equal(ok(await api.post(`${at}/txn`, none))["branch"], false);
  assert.equal(ok(await api.get(`${at}/get?key=counter`))["value"], "1");
});

/** For the stored value "5": which of the eight hold against another. */
const COMPARED: readonly (readonly [string, readonly string[]])[] = [
  ["4", ["exists", "not_equal", "greater", "greater_equal"]],
  ["5", ["exists", "equal", "greater_equal", "less_equal"]],
  ["6", ["exists", "not_equal", "less", "less_equal"]],
  // As bytes, not as numbers.
  ["10", ["exists", "not_equal", "greater", "greater_equal"]],
  ["5x", ["exists", "not_equal", "less", "less_equal"]],
];
const CONDITIONS = [
  "exists",
  "not_exists",
  "equal",
  "not_equal",
  "greater",
  "less",
  "greater_equal",
  "less_equal",
] as const;

seedTest("S3, txn: eight conditions, compared as bytes", async (api, at) => {
  await api.post(`${at}/set`, { key: "a", value: "5" });
  const holding = async (key: string, value: string): Promise<string[]> => {
    const held: string[] = [];
    for (const op of CONDITIONS) {
      const conditions = [{ key, op, value }];
      if (ok(await api.post(`${at}/txn`, { conditions, if_then: [] }))["branch"]) held.push(op);
    }
    return held;
  };
  for (const [value, held] of COMPARED) assert.deepEqual(await holding("a", value), held, value);
  assert.deepEqual(await holding("missing", "5"), ["not_exists", "not_equal"]);
});

seedTest("S3, getset: the old value and the new", async (api, at) => {
  const swap = async (value: string): Promise<unknown> =>
    ok(await api.post(`${at}/getset`, { key: "mykey", value }));
  const answer = { success: true, key: "mykey" };
  assert.deepEqual(await swap("one"), { ...answer, old_value: null, new_value: "one" });
  assert.deepEqual(await swap("two"), { ...answer, old_value: "one", new_value: "two" });
});

seedTest("S3, prefix: keys and values in byte order, locally", async (api, at) => {
  for (const key of ["app:b", "app:a", "b", "app:\u00e9"]) {
    await api.post(`${at}/set`, { key, value: `of ${key}` });
  }
  assert.deepEqual(ok(await api.get(`${at}/prefix?prefix=app:`)), {
    success: true,
    prefix: "app:",
    count: 3,
    items: ["app:a", "app:b", "app:\u00e9"].map((key) => ({ key, value: `of ${key}` })),
  });
  assert.equal(api.service.lastConsistency, "local");
  assert.equal(ok(await api.get(`${at}/prefix?prefix=`))["count"], 4);
  const none = { success: true, prefix: "none", count: 0, items: [] };
  assert.deepEqual(ok(await api.get(`${at}/prefix?prefix=none`)), none);
});

seedTest("S3, prefix: more than an answer holds is refused, or read in parts", async (api, at) => {
  for (let number = 0; number < 1_001; number++) {
    api.service.putBytes(Buffer.from(`k${String(number).padStart(4, "0")}`), Buffer.from("v"));
  }
  assert.match(
    errorOf(await api.get(`${at}/prefix?prefix=k`), 400),
    /more than 1000 keys.*at most 1000 keys and 4194304 bytes.*limit= and after=/,
  );
  const first = ok(await api.get(`${at}/prefix?prefix=k&limit=1000`));
  assert.deepEqual([first["count"], first["more"]], [1_000, true]);
  const rest = ok(await api.get(`${at}/prefix?prefix=k&limit=1000&after=k0999`));
  assert.deepEqual([rest["count"], rest["more"]], [1, false]);
  assert.deepEqual(rest["items"], [{ key: "k1000", value: "v" }]);
});

seedTest("S3-75: /join makes a voter of a node, however often it is asked", async (api, at) => {
  const join = { node_id: 2, endpoint: "127.0.0.1:7002" };
  for (const _again of [1, 2]) {
    assert.deepEqual(ok(await api.post(`${at}/join`, join)), {
      success: true,
      message: "Node 2 joined the cluster successfully",
    });
    assert.equal(api.service.status().configuration.voters.length, 2);
  }
});

seedTest("S3-75: /leave removes a voter or a learner", async (api, at) => {
  await api.post("/api/add-learner", { node_id: 3, api_addr: "127.0.0.1:7003" });
  await api.post(`${at}/join`, { node_id: 2, endpoint: "127.0.0.1:7002" });
  for (const [label, left] of [
    [2, [1, 3]],
    [3, [1]],
  ] as const) {
    assert.deepEqual(ok(await api.post(`${at}/leave`, { node_id: label })), {
      success: true,
      message: `Node ${label} left the cluster successfully`,
    });
    const { members } = api.service.status().configuration;
    assert.deepEqual(
      members.map((member) => member.label),
      left,
    );
  }
  assert.match(errorOf(await api.post(`${at}/leave`, { node_id: 9 }), 400), /9 is unknown/);
});

test("S3, members: the dialect's own shape under its prefix, the union at the root", async () => {
  const api = await createApi();
  await api.post("/join", { node_id: 2, endpoint: "127.0.0.1:7002" });
  assert.deepEqual(ok(await api.get(`${PREFIX}/members`)), {
    success: true,
    members: {
      "1": { node_id: 1, endpoint: "127.0.0.1:21001" },
      "2": { node_id: 2, endpoint: "127.0.0.1:7002" },
    },
  });
  const { success, members } = ok(await api.get("/members"));
  assert.equal(success, true);
  const { "2": second } = members as Record<string, Record<string, unknown>>;
  assert.equal(second?.["node_id"], 2);
  assert.equal(second["rpc_addr"], "127.0.0.1:7002");
  assert.ok("endpoint" in second && "role" in second);
});

seedTest("S3, purge_log: says up to where entries are gone", async (api, at) => {
  for (const key of ["a", "b", "c"]) await api.post(`${at}/set`, { key, value: "1" });
  for (const [body, index] of [
    [{ upto: 2 }, 2],
    [{ upto: 1 }, 2],
    [undefined, 4],
    [{ upto: 99 }, 4],
    [{}, 4],
  ] as const) {
    assert.deepEqual(ok(await api.post(`${at}/purge_log`, body)), {
      success: true,
      message: `Log purged up to index ${index}`,
      index,
    });
  }
  assert.equal(ok(await api.get(`${at}/snapshot_status`))["index"], 4);
});

seedTest("S3, snapshots: without anything on disk there is none", async (api, at) => {
  const { service } = api;
  const empty = { ...service, compact: async () => 0, status: () => service.status() };
  const other = await createApi({ service: empty });
  assert.match(
    errorOf(await other.post(`${at}/trigger_snapshot`), 409),
    /nothing .* is on disk yet/,
  );
});

seedTest("S3, snapshots: the answers are those of the log", async (api, at) => {
  assert.deepEqual(ok(await api.get(`${at}/snapshot_status`)), {
    snapshot_exists: false,
    term: null,
    index: null,
  });
  await api.post(`${at}/set`, { key: "a", value: "b" });
  for (const body of [undefined, "", {}]) {
    const taken = ok(await api.post(`${at}/trigger_snapshot`, body));
    assert.deepEqual(taken, { success: true, term: 1, index: 2 });
  }
  assert.deepEqual(ok(await api.get(`${at}/snapshot_status`)), {
    snapshot_exists: true,
    term: 1,
    index: 2,
  });
  api.service.reset({ initialized: false });
  assert.match(errorOf(await api.post(`${at}/purge_log`), 503), /^Failed to purge log: /);
  errorOf(await api.post(`${at}/trigger_snapshot`), 503);
});
