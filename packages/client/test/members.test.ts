import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClient } from "../src/client.ts";
import { startFakeNode } from "./fake-node.ts";

const RECORD = { encoding: "utf-8", create_revision: 1, mod_revision: 2, version: 2 };

describe("lists and bytes", () => {
  it("reads a page, and asks for the next one as it is told", async () => {
    await using node = await startFakeNode(() => ({
      body: {
        entries: [
          { key: "a", value: "1", ...RECORD },
          { key: "b", value: "/wA=", ...RECORD, encoding: "base64" },
        ],
        more: true,
      },
    }));
    const client = createClient({ endpoints: [node.endpoint] });
    const page = await client.list("p/", { after: "é", limit: 2, consistency: "local" });
    assert.deepEqual(
      page.entries.map(({ encoding, key, value }) => [key, value, encoding]),
      [
        ["a", "1", "utf-8"],
        ["b", "/wA=", "base64"],
      ],
    );
    assert.equal(page.more, true);
    await client.list("");
    const [first, second] = node.seen.map(({ url }) => Object.fromEntries(url.searchParams));
    const { timeout_ms: _, ...asked } = first ?? {};
    assert.deepEqual(asked, { prefix: "p/", after: "é", limit: "2", consistency: "local" });
    assert.deepEqual(new Set(Object.keys(second ?? {})), new Set(["prefix", "timeout_ms"]));
  });

  it("writes bytes as text where they are UTF-8, else as base64", async () => {
    await using node = await startFakeNode(() => ({ body: { revision: 1, index: 1, term: 1 } }));
    const client = createClient({ endpoints: [node.endpoint] });
    await client.write("a", new TextEncoder().encode("\ufeffé"));
    await client.write("a", Uint8Array.of(0xff, 0));
    assert.deepEqual(
      node.seen.map(({ body }) => body),
      [
        { key: "a", value: "\ufeffé" },
        { key: "a", value: "/wA=", encoding: "base64" },
      ],
    );
  });
});

describe("members", () => {
  it("reads everybody, and in words why things are as they are", async () => {
    const ghost = { id: "n", endpoint: null, role: null, is_leader: false, state: "dead" };
    const voter = {
      ...{ id: "1", endpoint: "h:1", rpc_addr: "h:2", role: "voter", is_leader: true },
      ...{ state: "live", service: "storage", shard: 3, gossip_addr: "h:3", version: "0.1.0" },
    };
    const explanation = { leader: ["node 1 leads"], voters: [], departure: ["x", "y"] };
    await using node = await startFakeNode(({ url }) => ({
      body:
        url.pathname === "/members"
          ? { success: true, members: { "1": voter, n: ghost } }
          : explanation,
    }));
    const client = createClient({ endpoints: [node.endpoint] });
    const [first, second] = await client.members();
    assert.deepEqual([first?.role, first?.shard, first?.rpcAddress], ["voter", 3, "h:2"]);
    assert.deepEqual(
      [second?.role, second?.apiAddress, second?.state],
      [undefined, undefined, "dead"],
    );
    assert.deepEqual(await client.explain(), explanation);
    assert.equal(node.seen.at(-1)?.url.pathname, "/api/cluster/explain");
  });

  it("sends changes to their routes", async () => {
    const body = { success: true, index: 5, term: 2, voters: [1, 2], learners: [3] };
    const told = { success: true, automatic: false, paused: [4] };
    await using node = await startFakeNode(({ url }) => ({
      body: url.pathname === "/api/membership-policy" ? told : body,
    }));
    const client = createClient({ endpoints: [node.endpoint] });
    const { success: _, ...receipt } = body;
    assert.deepEqual(await client.addLearner(3, { rpcAddress: "h:3" }), receipt);
    assert.deepEqual(await client.promote(3), receipt);
    assert.deepEqual(await client.removeMember(3), receipt);
    await client.transferLeadership(2);
    await client.transferLeadership(undefined);
    const policy = { automatic: false, paused: [4] };
    assert.deepEqual(await client.setMembershipPolicy({ automatic: false, readmit: [3] }), policy);
    assert.deepEqual(
      node.seen.map(({ body: sent, url }) => [url.pathname, sent]),
      [
        ["/api/add-learner", { node_id: 3, rpc_addr: "h:3", wait: false }],
        ["/api/promote", { node_id: 3 }],
        ["/api/remove-member", { node_id: 3 }],
        ["/api/transfer-leadership", { node_id: 2 }],
        ["/api/transfer-leadership", {}],
        ["/api/membership-policy", { automatic: false, readmit: [3] }],
      ],
    );
  });

  it("repeats a change only when it was not applied", async () => {
    const lost = { status: 504, body: { code: "timeout", detail: "", outcome: "unknown" } };
    await using node = await startFakeNode(() => lost);
    const client = createClient({ endpoints: [node.endpoint] });
    await assert.rejects(client.promote(3), { code: "timeout", outcome: "unknown" });
    assert.equal(node.seen.length, 1);
  });
});
