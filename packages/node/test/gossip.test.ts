import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CaucusError } from "@caucus/base";
import { AGENT_NOTICE, createAgentService } from "../src/gossip/agent-service.ts";
import { type RunningGossip, startGossip } from "../src/gossip/start-gossip.ts";
import { startNode } from "../src/start-node.ts";
import { until } from "./test-cluster.ts";

const INTERVAL_MS = 20;
const ABOUT = { apiAddress: "127.0.0.1:1", version: "1.2.3", raft: undefined };

function startAgent(nodeName: string, seeds: readonly string[] = []): Promise<RunningGossip> {
  const options = { listenAddress: "localhost:0", intervalMs: INTERVAL_MS, nodeName, seeds };
  return startGossip(options, ABOUT);
}

describe("a node that gossips beside Raft", () => {
  it("N24, N25: tells who it is, and says goodbye before it stops", async () => {
    const agent = await startAgent("agent");
    const seed = agent.service.self.gossip_advertise_addr;
    const node = await startNode({
      label: 3,
      rpcListenAddress: "127.0.0.1:0",
      rpcAddress: "127.0.0.1:21003",
      apiAddress: "127.0.0.1:8003",
      storage: "memory",
      bootstrap: true,
      gossipLookMs: 0,
      gossip: { listenAddress: "127.0.0.1:0", intervalMs: INTERVAL_MS, seeds: [seed] },
    });
    try {
      const seen = () => agent.service.members().find(({ id }) => id.node_id === "node-3");
      await until(
        () => seen()?.live === true && seen()?.label === 3,
        () => "the node is live and known",
      );
      assert.equal(seen()?.key, node.service.status().key);
      assert.equal(seen()?.rpcAddress, "127.0.0.1:21003");
      assert.equal(seen()?.apiAddress, "127.0.0.1:8003");
      assert.equal(seen()?.service?.host, "127.0.0.1:8003");
      assert.equal(node.gossip?.members().length, 2);
      await until(
        () => seen()?.cluster !== undefined,
        () => "it tells its cluster",
      );
      assert.equal(seen()?.cluster, node.service.status().cluster);
      await node.handOver();
      await until(
        () => seen()?.left === true && !seen()?.live,
        () => "it has left",
      );
      assert.equal(node.service.status().state, "running", "the rest goes on");
    } finally {
      await node.stop();
      await agent.leave();
    }
  });
});

describe("gossip alone", () => {
  it("N26: keys of users come and go on every node, and those of the node are theirs not", async () => {
    const one = await startAgent("one");
    const two = await startAgent("two", [one.service.self.gossip_advertise_addr]);
    try {
      one.service.set("k", "v");
      const onTwo = (): unknown => {
        const { node_states } = two.service.snapshot().cluster_state;
        const state = node_states.find(({ chitchat_id }) => chitchat_id.node_id === "one");
        return state?.key_values["k"]?.status;
      };
      await until(
        () => onTwo() === "Set",
        () => "the key is on the other",
      );
      assert.equal(one.service.delete("k"), true);
      assert.equal(one.service.delete("k"), false, "once is enough");
      await until(
        () => onTwo() === "Delete",
        () => "its tombstone is too",
      );
      for (const key of ["service", "__caucus_left", "__caucus_x"]) {
        assert.throws(() => one.service.set(key, "x"), { code: "invalid_argument" });
        assert.throws(() => one.service.delete(key), { code: "invalid_argument" });
      }
      one.service.updateService({ type: "storage", host: "a:1", shard: 2 });
      await until(
        () => {
          const member = two.service.members().find(({ id }) => id.node_id === "one");
          return member?.service?.type === "storage";
        },
        () => "its service is there",
      );
    } finally {
      await Promise.all([one.leave(), two.leave()]);
    }
  });

  it("is refused an address that is taken, none, or a name without an address", async () => {
    const one = await startAgent("one");
    const taken = one.service.self.gossip_advertise_addr;
    for (const [listenAddress, code] of [
      [taken, "unavailable"],
      ["nowhere", "invalid_argument"],
      ["no-such-host.invalid:1", "invalid_argument"],
    ] as const) {
      await assert.rejects(startGossip({ listenAddress }, ABOUT), { code });
    }
    await one.leave();
  });

  it("N27: a node without a label refuses what needs Raft, and says how to get it", async () => {
    const service = createAgentService(ABOUT);
    const key = new Uint8Array([1]);
    for (const refused of [
      service.write({ kind: "delete", key }),
      service.get(key),
      service.list(key, 1),
      service.initialize(),
      service.addLearner({ label: 1 }),
      service.changeMembership({ voters: [1] }),
      service.transferLeadership(undefined),
      service.compact(),
    ]) {
      await assert.rejects(refused, (error: unknown) => {
        assert.ok(error instanceof CaucusError);
        assert.equal(error.code, "unavailable");
        assert.equal(error.message, AGENT_NOTICE);
        return true;
      });
    }
    assert.match(AGENT_NOTICE, /--id N/);
    assert.deepEqual(service.readiness(), { ready: true, reasons: [AGENT_NOTICE] });
  });
});
