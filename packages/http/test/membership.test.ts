// Who is a member: what an operator sees of it, and can say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Api, createApi } from "./api.ts";
import { withGossip } from "./gossip-api.ts";

test("GET /api/cluster tells policy, decisions with reasons, and who waits for what", async () => {
  const api = await createApi();
  api.service.setMembership({
    policy: { automatic: true, paused: [3] },
    decisions: [{ timeMs: 0, decision: "node 2 becomes a learner", reason: "nominated" }],
    nominees: [{ label: 4, key: "4".repeat(32), rpcAddress: "a:4", waitsFor: "an operator" }],
  });
  const body = (await api.get("/api/cluster")).json();
  assert.deepEqual(body["policy"], { automatic: true, paused: [3] });
  assert.deepEqual(body["decisions"], [
    { time: "1970-01-01T00:00:00.000Z", decision: "node 2 becomes a learner", reason: "nominated" },
  ]);
  assert.deepEqual(body["nominees"], [
    { id: 4, key: "4".repeat(32), rpc_addr: "a:4", waits_for: "an operator" },
  ]);
  const [self] = body["members"] as Record<string, unknown>[];
  assert.equal(self?.["gossip"], null, "it does not gossip");
});

test("with gossip, each member has its liveness there", async () => {
  const check = async (api?: Api): Promise<void> => {
    const body = (await api?.get("/api/cluster"))?.json();
    const [self] = (body?.["members"] ?? []) as Record<string, unknown>[];
    assert.deepEqual(self?.["gossip"], { live: true, left: false });
  };
  await withGossip(["n1"], check, { agents: false });
});

test("an operator promotes, removes and readmits by id", async () => {
  const api = await createApi();
  await api.post("/api/add-learner", { node_id: 2, rpc_addr: "127.0.0.1:21002" });
  const promoted = (await api.post("/api/promote", { node_id: 2 })).json();
  assert.deepEqual([promoted["voters"], promoted["learners"]], [[1, 2], []]);
  const again = await api.post("/api/promote", { node_id: 2 });
  assert.equal(again.status, 409);
  const removed = (await api.post("/api/remove-member", { node_id: 2 })).json();
  assert.deepEqual([removed["voters"], removed["learners"]], [[1], []]);
  assert.deepEqual((await api.get("/api/cluster")).json()["policy"], {
    automatic: false,
    paused: [2],
  });
  const policy = await api.post("/api/membership-policy", { automatic: true, readmit: [2] });
  assert.deepEqual(policy.json(), { success: true, automatic: true, paused: [] });
  const same = await api.post("/api/membership-policy", {});
  assert.deepEqual(same.json(), { success: true, automatic: true, paused: [] });
});

test("explanations come as sentences, and changes fail with an outcome", async () => {
  const api = await createApi();
  const { leader, voters, departure } = (await api.get("/api/cluster/explain")).json();
  for (const lines of [leader, voters, departure]) {
    assert.ok(Array.isArray(lines) && lines.every((line) => typeof line === "string"));
  }
  api.service.failWith("no_leader", "no leader is known", { outcome: "not_applied" });
  const refused = await api.post("/api/remove-member", { node_id: 1 });
  assert.equal(refused.status, 503);
  assert.equal(refused.json()["outcome"], "not_applied");
});
