// Seeds 0 and 1 from the command line: flags, agents, and the demo of five.

import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { describe, it } from "node:test";
import { eventually } from "@caucus/base/testing";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { type CaucusProcess, startCaucus } from "../testing/caucus-process.ts";
import { close, freePortRow, freePorts, listen } from "../testing/free-ports.ts";
import { getJson, viewOf } from "./gossip-cluster.ts";

type Members = Readonly<
  Record<string, { readonly service: string; readonly shard: number; readonly live: boolean }>
>;

async function membersOf(port: number): Promise<Members> {
  const { members } = await getJson<{ members: Members }>(port, "/members");
  return members;
}

/** Agents of fixed ports stop each other's tests, so they run one after the other. */
describe("caucus node without --id", { concurrency: false }, () => {
  it("S0-21, S0-22, S0-23, S0-24, S0-25, S0-27, S0-53, S0-55, S1-22, S1-27: names, addresses, seeds and the interval are flags", async () => {
    const [one = 0, two = 0, three = 0, gossip = 0] = await freePorts(4);
    const seed = ["--seed", `127.0.0.1:${one}`, "--interval_ms", "100"];
    await using first = startCaucus(["node", "--listen_addr", `127.0.0.1:${one}`]);
    await using second = startCaucus(
      ["node", "--listen_addr", `127.0.0.1:${two}`, "--node_id", "my-node", ...seed],
      { RUST_LOG: "debug" },
    );
    await using third = startCaucus([
      ...["node", "--listen-addr", `0.0.0.0:${three}`, "--gossip-addr", `0.0.0.0:${gossip}`],
      ...["--public_addr", `localhost:${three}`, ...seed, "--seed", `127.0.0.1:${two}`],
    ]);
    const agents: readonly CaucusProcess[] = [first, second, third];
    await Promise.all(agents.map((agent) => agent.saw(/listening on http/)));
    // S0-36: the line of seed 0's server.
    await first.saw(new RegExp(`Chitchat API server starting on 127\\.0\\.0\\.1:${one}\\b`));
    await Promise.all(agents.map((agent) => agent.saw(/gossip only.*start it with --id N/)));
    const view = await eventually("three live nodes", async () => {
      const seen = await viewOf(two);
      return seen.live_nodes.length === 3 ? seen : false;
    });
    const states = view.cluster_state.node_states.map(({ chitchat_id }) => chitchat_id);
    const names = states.map(({ node_id }) => node_id);
    assert.ok(names.includes("my-node"));
    assert.ok(names.some((name) => name.startsWith(`server:127.0.0.1:${one}-`)));
    const third_id = states.find(({ node_id }) => node_id.startsWith("server:localhost:"));
    assert.equal(third_id?.gossip_advertise_addr, `127.0.0.1:${gossip}`);
    for (const agent of agents) agent.child.kill("SIGTERM");
    for (const agent of agents) assert.deepEqual(await agent.ended, { code: 0, signal: null });
  });

  it("S0-21, S1-20: listens on 127.0.0.1:10000 unless told otherwise", async () => {
    const { NODE_SCHEMA } = await import("../src/node/node-schema.ts");
    const { parseOptions } = await import("../src/command/option-parser.ts");
    const { resolveAgentSettings } = await import("../src/node/member-settings.ts");
    const parsed = parseOptions(NODE_SCHEMA, []);
    assert.ok(parsed.kind === "values");
    const { addresses, gossip } = resolveAgentSettings(parsed.values, "1.2.3");
    assert.equal(addresses.api, "127.0.0.1:10000");
    assert.equal(addresses.gossip, "127.0.0.1:10000");
    assert.equal(gossip.intervalMs, 500);
    assert.deepEqual(gossip.seeds, []);
    assert.deepEqual(gossip.service, { type: "api_gateway", host: "127.0.0.1:10000", shard: 0 });
  });

  it("S1-21, S1-23, S1-24, S1-25, S1-30, S1-31: a searcher and a storage find each other", async () => {
    const [one = 0, two = 0, gossipOne = 0, gossipTwo = 0] = await freePorts(4);
    await using searcher = startCaucus([
      ...["node", "--listen_addr", `127.0.0.1:${one}`, "--gossip_addr", `127.0.0.1:${gossipOne}`],
      ...["--service", "searcher", "--shard", "1", "--node_id", "one"],
    ]);
    await using storage = startCaucus([
      ...["node", "--listen_addr", `127.0.0.1:${two}`, "--gossip_addr", `127.0.0.1:${gossipTwo}`],
      ...["--service", "storage", "--shard", "2", "--node_id", "two"],
      ...["--seed", `127.0.0.1:${gossipOne}`],
    ]);
    await Promise.all([searcher.saw(/listening on http/), storage.saw(/listening on http/)]);
    for (const port of [one, two]) {
      // Somebody may be known to live a moment before what it tells has come.
      await eventually("both live, with their services", async () => {
        const seen = await membersOf(port);
        assert.deepEqual(
          ["one", "two"].map((id) => [seen[id]?.live, seen[id]?.service, seen[id]?.shard]),
          [
            [true, "searcher", 1],
            [true, "storage", 2],
          ],
        );
      });
    }
  });
});

describe("seeds, --id and ports of caucus node", { concurrency: false }, () => {
  it("S0-61: a seed needs its port, and is found also when it starts last", async () => {
    const [one = 0, two = 0] = await freePorts(2);
    const argv = ["node", "--listen_addr", `127.0.0.1:${two}`, "--interval_ms", "100", "--seed"];
    await using without = startCaucus([...argv, "127.0.0.1"]);
    assert.equal((await without.ended).code, EXIT_CODES.usage.code);
    assert.match(without.output().err, /--seed "127\.0\.0\.1" is not allowed; allowed: host:port/);
    await using early = startCaucus([...argv, `127.0.0.1:${one}`]);
    await early.saw(/listening on http/);
    await using seed = startCaucus(["node", "--listen_addr", `127.0.0.1:${one}`]);
    await seed.saw(/listening on http/);
    await eventually("the node that was there first", async () => {
      const { live_nodes } = await viewOf(one);
      return live_nodes.length === 2;
    });
  });

  it("gossips beside Raft with --id, and tells key, label, addresses, service and version", async () => {
    const [port = 0, agentPort = 0] = await freePorts(2);
    const address = `127.0.0.1:${port}`;
    await using member = startCaucus([
      ...["node", "--id", "7", "--storage", "memory", "--bootstrap", "--listen", address],
      ...["--service", "analytics", "--shard", "3"],
    ]);
    await using agent = startCaucus([
      ...["node", "--listen", `127.0.0.1:${agentPort}`, "--seed-gossip-addrs", address],
    ]);
    await Promise.all([member.saw(/listening on http/), agent.saw(/listening on http/)]);
    const state = await eventually("the member in the gossip of the agent", async () => {
      const { cluster_state } = await viewOf(agentPort);
      const isMember = (node: (typeof cluster_state.node_states)[number]): boolean =>
        node.chitchat_id.node_id === "node-7";
      return cluster_state.node_states.find(isMember) ?? false;
    });
    await eventually(
      "its service",
      async () => (await membersOf(agentPort))["7"]?.service !== undefined,
    );
    const { node } = await getJson<{ node: { key: string; version: string } }>(
      port,
      "/api/cluster",
    );
    assert.equal(state.chitchat_id.gossip_advertise_addr, address);
    const values = await eventually("what the member tells", async () => {
      const { cluster_state } = await viewOf(agentPort);
      return cluster_state["__caucus_key"] === undefined ? false : cluster_state;
    });
    assert.equal(values["__caucus_key"], node.key);
    assert.equal(values["__caucus_id"], "7");
    assert.equal(values["__caucus_rpc_addr"], address);
    member.child.kill("SIGTERM");
    assert.equal((await member.ended).code, 0);
    await eventually("its goodbye", async () => {
      const seen = await membersOf(agentPort);
      return seen["7"]?.live === false;
    });
  });

  it("S0-60: names a taken UDP port and the option that changes it", async () => {
    const [port = 0] = await freePorts(1);
    const socket = createSocket("udp4").bind(port, "127.0.0.1");
    await once(socket, "listening");
    try {
      for (const [argv, option] of [
        [["--listen", `127.0.0.1:${port}`], "--listen"],
        [["--id", "1", "--listen", `127.0.0.1:${port}`], "--listen"],
      ] as const) {
        await using ran = startCaucus(["node", ...argv]);
        assert.equal((await ran.ended).code, EXIT_CODES.addressInUse.code);
        const says = `caucus: 127.0.0.1:${port} is in use by another program (UDP, for gossip); choose another address with ${option}\n`;
        assert.equal(ran.output().err, says);
      }
    } finally {
      socket.close();
    }
  });
});

describe("caucus node --demo", { concurrency: false }, () => {
  it("S1-01, S1-02, S1-26, S1-32: five nodes with different services in one terminal", async () => {
    const [base, gossip] = [await freePortRow(5), await freePortRow(5)];
    await using demo = startCaucus([
      ...["node", "--demo", "--listen", `127.0.0.1:${base}`],
      ...["--gossip-addr", `127.0.0.1:${gossip}`, "--interval_ms", "100"],
    ]);
    const startMs = performance.now();
    await demo.saw(/Ctrl\+C stops all nodes\.\n/);
    assert.ok(performance.now() - startMs > 2_000, "four pauses of 500 ms");
    const { out } = demo.output();
    assert.match(out, /^🚀 Starting chitchat cluster demo with 5 nodes\.\.\.$/m);
    assert.match(out, /^✅ All nodes started! Check the cluster status at:$/m);
    assert.match(out, /^💡 Try updating services with:$/m);
    for (let node = 1; node <= 5; node++) {
      assert.match(out, new RegExp(`^🔗 Starting node: node_${node} `, "m"));
      assert.ok(out.includes(`\n🌐 API server listening on http://127.0.0.1:${base + node - 1}\n`));
      assert.ok(out.includes(`\n📡 Gossip protocol running on 127.0.0.1:${gossip + node - 1}\n`));
      assert.ok(out.includes(`  http://127.0.0.1:${base + node - 1}/members (Node ${node} - `));
    }
    await eventually("five live members", async () => {
      const seen = await membersOf(base + 4);
      assert.ok(Object.values(seen).every(({ live }) => live));
      assert.deepEqual(
        Object.entries(seen).map(([id, { service, shard }]) => [id, service, shard]),
        [
          ["node_1", "searcher", 1],
          ["node_2", "api_gateway", 0],
          ["node_3", "data_processor", 2],
          ["node_4", "storage", 3],
          ["node_5", "analytics", 4],
        ],
      );
    });
    const [, update = ""] = /curl "(http[^"]+update_service[^"]+)"/.exec(out) ?? [];
    assert.equal((await fetch(update)).status, 200);
    await eventually("the new service of node 1 on node 2", async () => {
      const { node_1 } = await membersOf(base + 1);
      return node_1?.service === "storage" && node_1.shard === 7;
    });
    demo.child.kill("SIGINT");
    assert.deepEqual(await demo.ended, { code: 0, signal: null });
    assert.equal(demo.output().err, "");
  });

  it("stops between two starts too", async () => {
    const [base, gossip] = [await freePortRow(5), await freePortRow(5)];
    await using demo = startCaucus([
      ...["node", "--demo", "--listen", `127.0.0.1:${base}`],
      ...["--gossip-addr", `127.0.0.1:${gossip}`],
    ]);
    await demo.saw(/API server listening/);
    demo.child.kill("SIGINT");
    assert.deepEqual(await demo.ended, { code: 0, signal: null });
    assert.doesNotMatch(demo.output().out, /node_5|All nodes started/);
  });

  it("names a port that is taken, and starts nothing", async () => {
    const base = await freePortRow(5);
    const taken = await listen(base + 3);
    try {
      await using demo = startCaucus(["node", "--demo", "--listen", `127.0.0.1:${base}`]);
      assert.equal((await demo.ended).code, EXIT_CODES.addressInUse.code);
      assert.match(
        demo.output().err,
        /:\d+ is in use .*; choose the first of 5 others with --list/,
      );
      assert.doesNotMatch(demo.output().out, /Starting node/);
    } finally {
      await close(taken);
    }
  });
});
