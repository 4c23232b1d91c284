import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createClient } from "../src/client.ts";
import { deadEndpoint, type FakeNode, type FakeReply, startFakeNode } from "./fake-node.ts";

const WRITTEN: FakeReply = { body: { revision: 7, index: 12, term: 3 } };
const NOT_LEADER: FakeReply = {
  status: 503,
  body: { code: "not_leader", detail: "this node does not lead", outcome: "not_applied" },
};

/** A node that does not forward; `leader` is where it sends those who ask. */
async function startFollower(leader: () => string | null): Promise<FakeNode> {
  return await startFakeNode(({ url }) => {
    if (url.pathname !== "/api/cluster") return NOT_LEADER;
    const at = leader();
    return { body: { leader: at === null ? null : { id: 2, api_addr: new URL(at).host } } };
  });
}

function paths({ seen }: FakeNode): readonly string[] {
  return seen.map(({ url }) => url.pathname);
}

describe("a node that does not forward", () => {
  it("is asked who leads, and the leader is asked first from then on", async () => {
    await using leader = await startFakeNode(() => WRITTEN);
    await using follower = await startFollower(() => leader.endpoint);
    const client = createClient({ endpoints: [follower.endpoint] });
    await client.write("a", "1");
    await client.write("a", "2");
    assert.deepEqual(paths(follower), ["/api/write", "/api/cluster"]);
    assert.equal(leader.seen.length, 2);
  });

  it("is asked again when the leader is gone, and names the next one", async () => {
    await using next = await startFakeNode(() => WRITTEN);
    let at = next.endpoint;
    await using follower = await startFollower(() => at);
    const client = createClient({ endpoints: [follower.endpoint], retryPauseMs: 1 });
    {
      await using first = await startFakeNode(() => WRITTEN);
      at = first.endpoint;
      await client.write("a", "1");
      assert.equal(first.seen.length, 1);
    }
    at = next.endpoint;
    await client.write("a", "2");
    assert.equal(next.seen.length, 1);
  });

  it("is not waited for when it does not say who leads: the next one is asked", async () => {
    await using silent = await startFakeNode(({ url }) =>
      url.pathname === "/api/cluster" ? "hang" : NOT_LEADER,
    );
    await using leader = await startFakeNode(() => WRITTEN);
    const endpoints = [silent.endpoint, leader.endpoint];
    await createClient({ endpoints, timeoutMs: 20_000 }).write("a", "1");
    assert.deepEqual(paths(leader), ["/api/write"]);
  });

  it("ends at the deadline when no leader is known, or none can be reached", async () => {
    const dead = await deadEndpoint();
    for (const leader of [null, dead]) {
      await using follower = await startFollower(() => leader);
      const client = createClient({ endpoints: [follower.endpoint], timeoutMs: 1_000 });
      await assert.rejects(client.write("a", "1"), { outcome: "not_applied" });
    }
  });
});
