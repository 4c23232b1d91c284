import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CaucusError } from "@caucus/base";
import { createClient } from "../src/client.ts";
import { deadEndpoint, type FakeReply, startFakeNode } from "./fake-node.ts";

const WRITTEN: FakeReply = { body: { success: true, revision: 7, index: 12, term: 3 } };

function refused(status: number, code: string, more: object = {}): FakeReply {
  return { status, body: { status, code, detail: `because ${code}`, ...more } };
}

const NOT_APPLIED = { outcome: "not_applied" } as const;

describe("writes", () => {
  it("sends key and value to /api/write with a timeout that lets the node answer first", async () => {
    await using node = await startFakeNode(() => WRITTEN);
    const client = createClient({ endpoints: [node.endpoint] });
    assert.deepEqual(await client.write("a/b 😀", "v"), { revision: 7, index: 12, term: 3 });
    const [request] = node.seen;
    assert.equal(request?.method, "POST");
    assert.equal(request.url.pathname, "/api/write");
    assert.deepEqual(request.body, { key: "a/b 😀", value: "v" });
    const toldMs = Number(request.url.searchParams.get("timeout_ms"));
    assert.ok(toldMs > 4_500 && toldMs <= 4_900, `told ${toldMs} ms`);
  });

  it("tells whether a deleted key existed", async () => {
    await using node = await startFakeNode((request) => ({
      body: {
        revision: 8,
        index: 13,
        term: 3,
        deleted: request.url.pathname.length === 11 ? 1 : 0,
      },
    }));
    const receipt = await createClient({ endpoints: [node.endpoint] }).delete("k");
    assert.deepEqual(receipt, { revision: 8, index: 13, term: 3, deleted: true });
  });

  it("goes to the next endpoint when one can't be reached, and stays there", async () => {
    await using node = await startFakeNode(() => WRITTEN);
    const client = createClient({ endpoints: [await deadEndpoint(), node.endpoint] });
    await client.write("a", "1");
    await client.write("a", "2");
    assert.equal(node.seen.length, 2);
  });

  it("sends a write again after a definite not_applied", async () => {
    await using follower = await startFakeNode(() => refused(503, "no_leader", NOT_APPLIED));
    await using leader = await startFakeNode(() => WRITTEN);
    await createClient({ endpoints: [follower.endpoint, leader.endpoint] }).write("a", "1");
    assert.equal(follower.seen.length, 1);
    assert.equal(leader.seen.length, 1);
  });

  it("never sends a write again when its outcome is unknown", async () => {
    for (const reply of [
      refused(504, "timeout", { outcome: "unknown" }),
      refused(503, "unavailable"),
      "cut",
    ] as const) {
      await using first = await startFakeNode(() => reply);
      await using second = await startFakeNode(() => WRITTEN);
      const client = createClient({ endpoints: [first.endpoint, second.endpoint] });
      await assert.rejects(client.write("a", "1"), { name: "CaucusError", outcome: "unknown" });
      assert.equal(second.seen.length, 0);
    }
  });
});

describe("failing writes", () => {
  it("ends at its deadline with an unknown outcome when the node is silent", async () => {
    await using node = await startFakeNode(() => "hang");
    const client = createClient({ endpoints: [node.endpoint], timeoutMs: 80 });
    await assert.rejects(client.write("a", "1"), { code: "timeout", outcome: "unknown" });
  });

  it("ends at its deadline with not_applied when every attempt was refused", async () => {
    await using node = await startFakeNode(() => refused(503, "no_leader", NOT_APPLIED));
    const client = createClient({ endpoints: [node.endpoint], timeoutMs: 1_000, retryPauseMs: 10 });
    await assert.rejects(client.write("a", "1"), (error) => {
      assert.ok(error instanceof CaucusError);
      assert.equal(error.code, "no_leader");
      assert.equal(error.outcome, "not_applied");
      assert.match(error.message, /within 1000 ms.*because no_leader/);
      return true;
    });
    assert.ok(node.seen.length > 1, "it was tried more than once");
  });

  it("gives the reason of a node that answers rather than that another one is not there", async () => {
    await using node = await startFakeNode(() => refused(503, "no_leader", NOT_APPLIED));
    const endpoints = [node.endpoint, await deadEndpoint()];
    const client = createClient({ endpoints, timeoutMs: 300 });
    await assert.rejects(client.write("a", "1"), {
      code: "no_leader",
      message: /because no_leader/,
    });
  });

  it("goes elsewhere from a node that has had too many requests, with writes too", async () => {
    await using busy = await startFakeNode(() => refused(429, "rate_limited"));
    await using node = await startFakeNode(() => WRITTEN);
    const endpoints = [busy.endpoint, node.endpoint];
    assert.equal((await createClient({ endpoints }).write("a", "1")).revision, 7);
    const alone = createClient({ endpoints: [busy.endpoint], timeoutMs: 300 });
    await assert.rejects(alone.write("a", "1"), { code: "overloaded", outcome: "not_applied" });
  });

  it("waits as long as Retry-After says", async () => {
    const overloaded = { ...(refused(503, "overloaded", NOT_APPLIED) as object) };
    await using node = await startFakeNode(() => ({
      ...overloaded,
      headers: { "retry-after": "5" },
    }));
    const client = createClient({ endpoints: [node.endpoint], timeoutMs: 1_000 });
    await assert.rejects(client.write("a", "1"), { code: "overloaded", outcome: "not_applied" });
    assert.equal(node.seen.length, 1, "5 s are more than what is left: it does not wait in vain");
  });

  it("does not repeat bad input, and says that it was not applied", async () => {
    await using node = await startFakeNode(() => refused(400, "invalid_argument"));
    const client = createClient({ endpoints: [node.endpoint] });
    await assert.rejects(client.write("", "1"), {
      code: "invalid_argument",
      message: "because invalid_argument",
      outcome: "not_applied",
    });
    assert.equal(node.seen.length, 1);
  });

  it("calls an answer that it does not understand an unknown outcome, and no key missing", async () => {
    await using other = await startFakeNode(({ method }) =>
      method === "GET" ? { status: 404, body: "no such page" } : { body: { hello: "world" } },
    );
    const client = createClient({ endpoints: [other.endpoint] });
    await assert.rejects(client.write("a", "1"), { code: "internal", outcome: "unknown" });
    await assert.rejects(client.get("a"), {
      code: "invalid_argument",
      message: "the answer is HTTP status 404 without a reason: is that a node of Caucus?",
    });
  });

  it("maps statuses without a known code", async () => {
    await using node = await startFakeNode(() => ({ status: 413, body: { detail: "too large" } }));
    const client = createClient({ endpoints: [node.endpoint] });
    await assert.rejects(client.write("a", "1"), {
      code: "invalid_argument",
      message: "too large",
    });
  });
});

describe("reads", () => {
  const FOUND: FakeReply = {
    body: {
      key: "k",
      value: "v",
      encoding: "utf-8",
      create_revision: 1,
      mod_revision: 2,
      version: 2,
    },
  };

  it("asks consistent_read with the key in the query, dots included", async () => {
    await using node = await startFakeNode(() => FOUND);
    const found = await createClient({ endpoints: [node.endpoint] }).get("..");
    assert.equal(found?.value, "v");
    assert.equal(found.version, 2);
    assert.equal(node.seen[0]?.url.pathname, "/api/consistent_read");
    assert.equal(node.seen[0].url.searchParams.get("key"), "..");
  });

  it("gives undefined for a missing key", async () => {
    await using node = await startFakeNode(() => ({ body: { key: "k", value: null } }));
    const client = createClient({ endpoints: [node.endpoint] });
    assert.equal(await client.readLocal("k"), undefined);
    assert.equal(node.seen[0]?.url.pathname, "/api/read");
  });

  it("is repeated elsewhere after a lost connection, a refusal and a silence", async () => {
    await using cut = await startFakeNode(() => "cut");
    await using poisoned = await startFakeNode(() => refused(503, "poisoned"));
    await using silent = await startFakeNode(() => "hang");
    await using good = await startFakeNode(() => FOUND);
    const nodes = [cut, poisoned, silent, good].map((node) => node.endpoint);
    const client = createClient({ endpoints: nodes, timeoutMs: 2_000 });
    assert.equal((await client.get("k"))?.value, "v");
    assert.deepEqual(
      [cut, poisoned, silent, good].map((node) => node.seen.length),
      [1, 1, 1, 1],
    );
  });

  it("names what is wrong with an answer that it does not understand", async () => {
    await using node = await startFakeNode(() => ({ body: { value: 5 } }));
    await assert.rejects(createClient({ endpoints: [node.endpoint] }).get("k"), {
      code: "internal",
      message: /value should be a string/,
    });
  });
});

describe("status", () => {
  it("reads the cluster of one endpoint", async () => {
    await using node = await startFakeNode(() => ({ body: CLUSTER_BODY }));
    const view = await createClient({ endpoints: [node.endpoint] }).status(node.endpoint);
    assert.equal(view.leader, 2);
    assert.equal(view.node.state, "running");
    assert.deepEqual(view.members[0], {
      id: 2,
      apiAddress: "127.0.0.1:2",
      rpcAddress: "127.0.0.1:2",
      role: "voter",
      isLeader: true,
      matchIndex: undefined,
    });
  });

  it("gives the reasons of a node that is not ready", async () => {
    const body = { ready: false, reasons: ["no leader is known"] };
    await using node = await startFakeNode(() => ({ status: 503, body }));
    const health = await createClient({ endpoints: [node.endpoint] }).health(node.endpoint);
    assert.deepEqual(health, body);
  });

  it("says that fetch refuses a port", async () => {
    const endpoint = "http://127.0.0.1:10080";
    await assert.rejects(createClient({ endpoints: [endpoint] }).health(endpoint), {
      code: "unavailable",
      message: `${endpoint} can't be reached (bad port)`,
    });
  });

  it("says which endpoint can't be reached", async () => {
    const endpoint = await deadEndpoint();
    await assert.rejects(createClient({ endpoints: [endpoint] }).health(endpoint), {
      code: "unavailable",
      message: `${endpoint} can't be reached (ECONNREFUSED)`,
    });
  });
});

describe("options", () => {
  it("names the field and what is allowed", async () => {
    assert.throws(() => createClient({ endpoints: [] }), /endpoints is empty/);
    assert.throws(() => createClient({ endpoints: ["x"] }), /"x"; allowed is http:\/\/host:port/);
    const timeoutMs = 60_001;
    assert.throws(() => createClient({ endpoints: ["http://x"], timeoutMs }), /1 to 60,000/);
    const client = createClient({ endpoints: ["http://127.0.0.1:1"] });
    await assert.rejects(client.get("k", { timeoutMs: 0 }), /timeoutMs is 0; allowed/);
  });
});

const CLUSTER_BODY = {
  cluster_id: "c0ffee",
  policy: { automatic: true, paused: [7] },
  decisions: [{ time: "2026-01-01T00:00:00.000Z", decision: "x", reason: "y" }],
  node: {
    id: 1,
    key: "00",
    api_addr: "127.0.0.1:1",
    rpc_addr: "127.0.0.1:1",
    version: "0.1.0",
    storage: "memory",
    state: "running",
    role: "follower",
  },
  term: 4,
  leader: { id: 2, api_addr: "127.0.0.1:2", rpc_addr: "127.0.0.1:2" },
  members: [
    {
      id: 2,
      key: "01",
      api_addr: "127.0.0.1:2",
      rpc_addr: "127.0.0.1:2",
      role: "voter",
      is_self: false,
      is_leader: true,
      progress: null,
      match_index: null,
      last_contact_ms: null,
    },
  ],
  joint: false,
  configuration_index: 1,
  commit_index: 9,
  applied_index: 9,
  last_log_index: 9,
  compacted_index: 0,
  revision: 5,
} as const;
