// Seed 0 (S0-01), line by line of its checklist: gossip is real, over UDP on loopback.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "@caucus/base/testing";
import { createApi } from "./api.ts";
import { withGossip } from "./gossip-api.ts";

const PREFIX = "/dialects/gossip-kv";

interface State {
  readonly cluster_id: string;
  readonly cluster_state: Record<string, unknown>;
  readonly live_nodes: Record<string, unknown>[];
  readonly dead_nodes: Record<string, unknown>[];
}

for (const prefix of ["", PREFIX]) {
  const at = prefix === "" ? "at the root" : `under ${prefix}`;

  test(`S0-10, S0-11, S0-12, S0-13, S0-14: GET / has the cluster in Chitchat's shape, ${at}`, async () => {
    await withGossip(["n1"], async (api) => {
      assert.ok(api !== undefined);
      await api.get(`${prefix}/set_kv?key=hello&value=world`);
      const reply = await api.get(`${prefix}/`, { accept: "*/*" });
      assert.match(reply.type, /application\/json/);
      const state = reply.json() as unknown as State;
      assert.equal(state.cluster_id, "testing");
      assert.deepEqual(state.dead_nodes, []);
      const [live] = state.live_nodes;
      assert.deepEqual(Object.keys(live ?? {}), [
        "node_id",
        "generation",
        "generation_id",
        "gossip_advertise_addr",
      ]);
      assert.equal(live?.["node_id"], "n1");
      assert.ok(Number.isInteger(live["generation"]));
      assert.equal(live["generation"], live["generation_id"]);
      assert.equal(live["gossip_advertise_addr"], api.gossipAddress);
      const { node_states, seed_addrs } = state.cluster_state as {
        node_states: Record<string, unknown>[];
        seed_addrs: unknown;
      };
      assert.deepEqual(seed_addrs, []);
      const [own] = node_states;
      assert.deepEqual(Object.keys(own ?? {}), [
        "chitchat_id",
        "heartbeat",
        "key_values",
        "max_version",
        "last_gc_version",
      ]);
      const keys = own?.["key_values"] as Record<string, Record<string, unknown>>;
      assert.equal(keys["hello"]?.["value"], "world");
      assert.equal(keys["hello"]?.["status"], "Set");
      if (prefix !== "") {
        const fields = ["cluster_id", "cluster_state", "live_nodes", "dead_nodes"];
        assert.deepEqual(Object.keys(state), fields);
      }
    });
  });

  test(`S0-15, S0-16, S0-17, S0-44: set_kv and mark_for_deletion answer {"status":true}, ${at}`, async () => {
    await withGossip(["n1"], async (api) => {
      assert.ok(api !== undefined);
      const stateOf = async (): Promise<State> =>
        (await api.get(`${prefix}/`)).json() as unknown as State;
      assert.equal((await api.get(`${prefix}/set_kv?key=test&value=data`)).text, '{"status":true}');
      assert.equal((await stateOf()).cluster_state["test"], "data");
      const deleted = await api.get(`${prefix}/mark_for_deletion?key=test`);
      assert.equal(deleted.text, '{"status":true}');
      const { cluster_state } = await stateOf();
      assert.ok(!("test" in cluster_state));
      const [own] = cluster_state["node_states"] as { key_values: Record<string, object> }[];
      const tombstone = { ...own?.key_values["test"] } as { value?: string; status?: string };
      assert.equal(tombstone.value, "");
      assert.equal(tombstone.status, "Delete");
      // The Rust library's own test program has a slash at the end.
      assert.equal((await api.get(`${prefix}/set_kv/?key=a&value=b`)).text, '{"status":true}');
      assert.equal((await stateOf()).cluster_state["a"], "b");
      assert.equal((await api.get(`${prefix}/mark_for_deletion/?key=a`)).text, '{"status":true}');
      assert.ok(!("a" in (await stateOf()).cluster_state));
      // Also for a key that never was.
      assert.equal((await api.get(`${prefix}/mark_for_deletion?key=no`)).text, '{"status":true}');
    });
  });

  test(`S0-18, S0-62: a wrong method or query says "Invalid request", ${at}`, async () => {
    await withGossip(["n1"], async (api) => {
      assert.ok(api !== undefined);
      for (const [method, url, says] of [
        ["POST", "/set_kv?key=a&value=b", /\/set_kv does not take POST; allowed are GET/],
        ["PUT", "/mark_for_deletion?key=a", /does not take PUT; allowed are GET/],
        ["POST", "/set_kv/?key=a&value=b", /\/set_kv\/ does not take POST; allowed are GET/],
        ["DELETE", "/", /does not take DELETE; allowed are GET/],
        ["GET", "/set_kv", /is missing/],
        ["GET", "/set_kv?key=a", /value is missing/],
        ["GET", "/set_kv?value=a", /key is missing/],
        ["GET", "/set_kv?key=&value=a", /key is empty; allowed is text/],
        ["GET", "/set_kv?key=a&key=b&value=c", /key is an array; allowed is string/],
        [
          "GET",
          "/set_kv?key=a&value=b&ttl=5",
          /unknown query parameter "ttl"; allowed are key, va/,
        ],
        ["GET", "/set_kv?key=%zz&value=b", /not percent-encoded UTF-8/],
        ["GET", "/set_kv?key=a&value=%ff", /not percent-encoded UTF-8/],
        ["GET", "/set_kv?key=%C3%A9&value=b", /first character must be ASCII/],
        ["GET", "/set_kv?key=service&value=b", /belongs to the node itself; .*update_service/],
        ["GET", "/set_kv?key=__caucus_left&value=1", /belongs to the node itself/],
        ["GET", "/mark_for_deletion", /key is missing/],
        ["GET", "/mark_for_deletion?key=", /key is empty/],
        ["GET", "/mark_for_deletion?key=__caucus_key", /belongs to the node itself/],
        ["GET", "/mark_for_deletion?key=a&value=b", /unknown query parameter "value"/],
      ] as const) {
        const reply = await api.send(method, prefix + url);
        assert.equal(reply.status, method === "GET" ? 400 : 405, `${method} ${url}`);
        assert.match(reply.text, /Invalid request/, `${method} ${url}`);
        assert.match(String(reply.json()["detail"]), says);
      }
      const { cluster_state } = (await api.get(`${prefix}/`)).json() as unknown as State;
      assert.ok(!("a" in cluster_state), "nothing of it was set");
    });
  });

  test(`H11: a HEAD does not write, and a cross-site GET of a browser neither, ${at}`, async () => {
    await withGossip(["n1"], async (api) => {
      assert.ok(api !== undefined);
      const url = `${prefix}/set_kv?key=a&value=b`;
      assert.equal((await api.send("HEAD", url)).status, 405);
      const crossSite = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
      const refused = await api.get(url, crossSite);
      assert.equal(refused.status, 403);
      assert.match(refused.text, /a page of another site made this request/);
      const deletion = await api.get(`${prefix}/mark_for_deletion?key=a`, crossSite);
      assert.equal(deletion.status, 403);
      const service = "/update_service?service_type=storage&host=a:1";
      assert.equal((await api.get(service, crossSite)).status, 403);
      const { cluster_state } = (await api.get(`${prefix}/`)).json() as unknown as State;
      assert.ok(!("a" in cluster_state));
    });
  });
}

test("S0-19: values are URL-encoded UTF-8, and come back as they were", async () => {
  await withGossip(["n1"], async (api) => {
    assert.ok(api !== undefined);
    const value = 'a b&c=d+é"\\\u{1F600}\n';
    await api.get(`/set_kv?key=${encodeURIComponent("k %&")}&value=${encodeURIComponent(value)}`);
    await api.get("/set_kv?key=empty&value=");
    const { cluster_state } = (await api.get("/")).json() as unknown as State;
    assert.equal(cluster_state["k %&"], value);
    assert.equal(cluster_state["empty"], "");
  });
});

test("H12, S0-45: each key is there as its value, the node's own first, else of the lowest name", async () => {
  await withGossip(["a", "b", "c"], async (...apis) => {
    const [a, b, c] = apis;
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    await b.get("/set_kv?key=both&value=of-b");
    await c.get("/set_kv?key=both&value=of-c");
    await c.get("/set_kv?key=node_states&value=x");
    await c.get("/set_kv?key=seed_addrs&value=x");
    await c.get("/set_kv?key=__proto__&value=proto");
    await c.get("/set_kv?key=10&value=ten");
    const stateOf = async (api: typeof a): Promise<Record<string, unknown>> =>
      ((await api.get("/")).json() as unknown as State).cluster_state;
    await eventually("all keys on a", async () => {
      const state = await stateOf(a);
      return state["both"] === "of-b" && state["10"] === "ten";
    });
    assert.equal((await stateOf(b))["both"], "of-b");
    assert.equal((await stateOf(c))["both"], "of-c");
    const state = await stateOf(a);
    assert.ok(Array.isArray(state["node_states"]) && Array.isArray(state["seed_addrs"]));
    assert.equal(Object.getOwnPropertyDescriptor(state, "__proto__")?.value, "proto");
    await b.get("/mark_for_deletion?key=both");
    await eventually("c's value on a", async () => (await stateOf(a))["both"] === "of-c");
  });
});

test("S0-43, S0-46, S0-51: live nodes are listed everywhere, and one that leaves is dead at once", async () => {
  await withGossip(["n1", "n2", "n3"], async (...apis) => {
    const [one, , three] = apis;
    assert.ok(one !== undefined && three !== undefined);
    const stateOf = async (api: typeof one): Promise<State> =>
      (await api.get("/")).json() as unknown as State;
    for (const api of apis) {
      await eventually(
        "three live nodes",
        async () => (await stateOf(api)).live_nodes.length === 3,
      );
    }
    assert.equal((await stateOf(one)).live_nodes[0]?.["node_id"], "n1", "this node is first");
    await three.leave();
    await eventually("n3 is dead", async () => {
      const { dead_nodes } = await stateOf(one);
      return dead_nodes.some(({ node_id }) => node_id === "n3");
    });
  });
});

test("GET / sends a browser to HTML, and tells a member's Raft cluster beside its gossip", async () => {
  await withGossip(
    ["node-1"],
    async (api) => {
      assert.ok(api !== undefined);
      const page = await api.get("/", { accept: "text/html,application/xhtml+xml" });
      assert.equal(page.status, 302);
      assert.match((await api.get(String(page.headers["location"]))).type, /text\/html/);
      const { raft, links } = (await api.get("/")).json() as {
        raft: Record<string, unknown>;
        links: object;
      };
      assert.equal(raft["leader"], 1);
      assert.ok("spec" in links);
    },
    { agents: false },
  );
});

test("without gossip, or with the dialect off, its routes are unknown", async () => {
  for (const api of [await createApi(), await createApi({ dialects: [] })]) {
    assert.equal((await api.get("/set_kv?key=a&value=b")).status, 404);
    assert.equal((await api.get(`${PREFIX}/`)).status, 404);
    assert.equal((await api.get("/update_service?service_type=storage&host=a:1")).status, 404);
  }
});

test("a node without --id says what it lacks and how to get it", async () => {
  await withGossip(["n1"], async (api) => {
    assert.ok(api !== undefined);
    for (const reply of [
      await api.get("/api/read/a"),
      await api.get("/api/consistent_read/a"),
      await api.post("/api/write", { key: "a", value: "b" }),
      await api.post("/api/init"),
      await api.post("/write", '{"Set":{"key":"a","value":"b"}}'),
      await api.get("/list-nodes"),
      await api.get("/api/cluster"),
      await api.get("/metrics"),
      await api.get("/dialects/raft-key-value/metrics"),
      await api.get("/get?key=a"),
      await api.post("/set", { key: "a", value: "b" }),
      await api.post("/join", { node_id: 2, endpoint: "a:1" }),
      await api.post("/trigger_snapshot"),
      await api.get("/snapshot_status"),
      await api.get("/dialects/raft-cluster/members"),
      await api.get("/dialects/raft-cluster/metrics"),
    ]) {
      assert.equal(reply.status, 503);
      assert.match(reply.text, /gossip only.*start it with --id N/);
    }
    const ready = await api.get("/readyz");
    assert.equal(ready.status, 200);
    assert.match(ready.text, /gossip only.*start it with --id N/);
    const health = await api.get("/health");
    assert.equal(health.status, 200);
    assert.equal(health.json()["status"], "gossip-only");
    assert.equal(health.json()["node_id"], null);
  });
});
