// Seed 0's script and its walk-through on real processes.
import assert from "node:assert/strict";
import { accessSync, constants, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gone, isAlive, startCaucus, startProgram } from "../testing/caucus-process.ts";
import { close, freePorts, listen } from "../testing/free-ports.ts";
import {
  getJson,
  namesOf,
  RUN_SERVERS,
  startGossipCluster,
  viewOf,
  whenAll,
} from "./gossip-cluster.ts";

const OUTPUT = [
  /^Building project in release mode\.\.\.$/m,
  /^Starting chitchat nodes\.\.\.$/m,
  /^All nodes started!$/m,
  /^Node endpoints:$/m,
  /^Test the cluster:$/m,
  /^Press Enter to stop all nodes\.\.\.$/m,
] as const;

describe("examples/gossip-kv/run-servers.sh", { concurrency: false }, () => {
  it("S0-35: is executable", () => {
    accessSync(RUN_SERVERS, constants.X_OK);
  });

  it("S0-31, S0-32, S0-33, S0-34, S0-36, S0-40, S0-41, S0-42, S0-43, S0-44, S0-45, S0-46: five nodes, keys on all, Enter stops all", async () => {
    await using cluster = await startGossipCluster();
    const { ports, script } = cluster;
    const [one = 0, two = 0, three = 0] = ports;
    for (const line of OUTPUT) assert.match(script.output().out, line);
    for (const [index, port] of ports.entries()) {
      const { out } = script.output();
      assert.ok(out.includes(`Starting node on 127.0.0.1:${port}\n`));
      assert.ok(out.includes(`  Node ${index + 1}: http://127.0.0.1:${port}\n`));
    }
    const lines = [...script.output().out.matchAll(/^ {2}curl .*$/gm)];
    assert.equal(lines.length, 3);

    await whenAll(ports, "five live nodes everywhere", (view) => view.live_nodes.length === 5);
    const names = ports.map((port) => `node_${port}`).sort();
    assert.deepEqual(namesOf((await viewOf(three)).live_nodes), names);
    const { cluster_state } = await viewOf(two);
    assert.deepEqual(cluster_state["seed_addrs"], [`127.0.0.1:${one}`]);

    assert.deepEqual(await getJson(one, "/set_kv?key=node1_data&value=from_node_1"), {
      status: true,
    });
    await whenAll(
      ports,
      "the key everywhere",
      (view) => view.cluster_state["node1_data"] === "from_node_1",
    );
    assert.deepEqual(await getJson(one, "/mark_for_deletion?key=node1_data"), { status: true });
    await whenAll(ports, "no key", (view) => view.cluster_state["node1_data"] === undefined);

    const pids = ports.map(cluster.pidOf);
    // As if a later run had taken the first port over by now: its pid file is not ours to remove.
    writeFileSync(join(cluster.workDir, `node_${one}.pid`), `${process.pid}\n`);
    script.child.stdin?.write("\n");
    assert.equal((await script.ended).code, 0);
    assert.match(script.output().out, /\nStopping all nodes\.\.\.\n$/);
    await gone(pids);
    assert.deepEqual(
      readdirSync(cluster.workDir).sort(),
      [...ports.map((port) => `node_${port}.log`), `node_${one}.pid`].sort(),
    );
  });
});

describe("what examples/gossip-kv/run-servers.sh leaves alone, and refuses", {
  concurrency: false,
}, () => {
  it("S0-30: stops the nodes of its own pid files, and no others", async () => {
    const ports = await freePorts(7);
    const [old = 0, other = 0, ...rest] = ports;
    const workDir = mkdtempSync(join(tmpdir(), "caucus-gossip-"));
    try {
      await using left = startCaucus(["node", "--listen_addr", `127.0.0.1:${old}`]);
      await using stranger = startCaucus(["node", "--listen_addr", `127.0.0.1:${other}`]);
      await Promise.all([left.saw(/listening on/), stranger.saw(/listening on/)]);
      writeFileSync(join(workDir, `node_${old}.pid`), `${left.pid}\n`);
      // A pid that belongs to some other program by now.
      writeFileSync(join(workDir, `node_${rest[0]}.pid`), `${process.pid}\n`);
      await using script = startProgram("bash", [RUN_SERVERS, "--phi-threshold", "none"], {
        PORTS: [old, ...rest.slice(0, 4)].join(" "),
        WORK_DIR: workDir,
        START_DELAY: "0",
        SKIP_BUILD: "1",
      });
      assert.equal((await script.ended).code, 1);
      assert.match(script.output().out, /^Stopping the node of an earlier run: process \d+$/m);
      assert.equal((await left.ended).code, 0);
      assert.ok(isAlive(stranger.pid) && isAlive(process.pid));
      assert.match(script.output().err, /node 1 has ended: caucus: --phi-threshold "none" is not/);
    } finally {
      rmSync(workDir, { recursive: true });
    }
  });

  it("S0-60: names a port that is taken, and starts nothing on it", async () => {
    const ports = await freePorts(5);
    const workDir = mkdtempSync(join(tmpdir(), "caucus-gossip-"));
    const taken = await listen(ports[1] ?? 0);
    try {
      await using script = startProgram("bash", [RUN_SERVERS], {
        PORTS: ports.join(" "),
        WORK_DIR: workDir,
        START_DELAY: "0",
        SKIP_BUILD: "1",
      });
      assert.equal((await script.ended).code, 1);
      assert.match(script.output().err, new RegExp(`node 2 has ended: .*:${ports[1]} is in use`));
      assert.deepEqual(
        readdirSync(workDir).filter((name) => name.endsWith(".pid")),
        [],
      );
    } finally {
      await close(taken);
      rmSync(workDir, { recursive: true });
    }
  });

  it("refuses ports that are none", async () => {
    for (const bad of ["1 2 3", "1 2 3 4 x", "1 2 3 4 65536"]) {
      await using script = startProgram("bash", [RUN_SERVERS], { PORTS: bad, SKIP_BUILD: "1" });
      assert.equal((await script.ended).code, 1);
      assert.match(script.output().err, /^run-servers\.sh: PORTS has .*, allowed are /);
    }
  });
});
