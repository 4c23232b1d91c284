// What `caucus cluster` refuses, and what it leaves alone.
import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { eventually } from "@caucus/base/testing";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { gone, isAlive, startCaucus } from "../testing/caucus-process.ts";
import { close, listen } from "../testing/free-ports.ts";
import { notReadyReasons } from "../testing/node-api.ts";
import { type LocalCluster, prepareLocalCluster } from "./local-cluster.ts";
import { runCommand } from "./run-command.ts";

function writePid({ logDir }: LocalCluster, name: string, pid: number): void {
  mkdirSync(logDir, { recursive: true });
  writeFileSync(join(logDir, `${name}.pid`), `${pid}\n`);
}

function replaceIn(path: string, from: string | RegExp, to: string): void {
  const text = readFileSync(path, "utf8");
  assert.notEqual(text.replace(from, to), text);
  writeFileSync(path, text.replace(from, to));
}

/** Nothing may start, and the reason is one line. */
async function refusesToStart(
  { cluster, logDir }: LocalCluster,
  exit: keyof typeof EXIT_CODES,
  says: RegExp,
): Promise<void> {
  const { code, err, out } = await cluster("start");
  assert.equal(code, EXIT_CODES[exit].code, out + err);
  assert.match(err, says);
  assert.match(err, /^\[ERROR\] [^\n]+\n$/);
  assert.ok(!existsSync(join(logDir, "node1.pid")));
}

describe("caucus cluster with wrong files", { concurrency: false }, () => {
  it("names file, line and key of broken TOML and of an unknown key, and starts nothing", async () => {
    await using local = await prepareLocalCluster();
    const path = local.confOf("node3");
    const whole = readFileSync(path, "utf8");
    replaceIn(path, /^single = false$/m, "single = = false");
    await refusesToStart(
      local,
      "usage",
      /Failed to parse config file '.*node3\.toml': line 4, .*key single/,
    );
    const { code, err } = await local.script("start");
    assert.equal(code, EXIT_CODES.usage.code);
    assert.match(err, /line 4, .*key single/);
    // Before anything is stopped, too.
    assert.equal((await local.cluster("restart")).code, EXIT_CODES.usage.code);
    writeFileSync(path, whole.replace("http_addr", "htpp_addr"));
    await refusesToStart(
      local,
      "usage",
      /node3\.toml': line 3: unknown key htpp_addr; did you mean http_addr\?/,
    );
    writeFileSync(path, whole.replace(/^node_id.*$/m, ""));
    await refusesToStart(local, "usage", /node3\.toml has no node_id/);
    writeFileSync(path, whole.replace("single = false", "single = true"));
    await refusesToStart(
      local,
      "usage",
      /node3\.toml: 'single' mode cannot be used together with 'join' configuration/,
    );
    const status = await local.cluster("status");
    assert.equal(status.code, 0, "what runs is known without the files");
  });

  it("refuses two nodes with one port, one id, or one data directory", async () => {
    await using local = await prepareLocalCluster();
    const [http1 = 0] = local.httpPorts;
    const [raft1 = 0] = local.raftPorts;
    const path = local.confOf("node2");
    const whole = readFileSync(path, "utf8");
    for (const [from, to, says] of [
      [/^http_addr.*$/m, `http_addr = "127.0.0.1:${http1}"`, `the HTTP address 127.0.0.1:${http1}`],
      [/^http_addr.*$/m, `http_addr = "127.0.0.1:${raft1}"`, `the HTTP address 127.0.0.1:${raft1}`],
      [/^raft_addr.*$/m, `raft_addr = "127.0.0.1:${raft1}"`, `the Raft address 127.0.0.1:${raft1}`],
      [/^node_id.*$/m, "node_id = 1", "the node id 1"],
      [/(?<=^data_path.*)node2/m, "node1", "the data directory "],
    ] as const) {
      writeFileSync(path, whole.replace(from, to));
      const expected = `node2\\.toml: ${says}.* of node1 \\(.*node1\\.toml\\); allowed is one of its own`;
      await refusesToStart(local, "usage", new RegExp(expected));
    }
  });
});

describe("caucus cluster without what it needs", { concurrency: false }, () => {
  it("S3-60: names a port that is taken, and how to see by whom", async () => {
    await using local = await prepareLocalCluster();
    const [port = 0] = local.raftPorts;
    const taken = await listen(port);
    try {
      const says = new RegExp(
        `Node node1 can't start: 127\\.0\\.0\\.1:${port} is in use by another program; lsof -i :${port}`,
      );
      await refusesToStart(local, "addressInUse", says);
    } finally {
      await close(taken);
    }
  });

  it("S3-29: says that there is no configuration, and where it looked", async () => {
    await using local = await prepareLocalCluster();
    const missing = await local.cluster("start", "--conf-dir", "/does/not/exist");
    assert.equal(missing.code, EXIT_CODES.usage.code);
    assert.equal(missing.err, "[ERROR] Configuration directory /does/not/exist not found\n");
    const empty = await local.cluster("start", "--conf-dir", dirname(local.confDir));
    assert.match(empty.err, /^\[ERROR\] Configuration directory .* has no file NAME\.toml\n$/);
    rmSync(local.confOf("node2"));
    const nowhere = await local.cluster("start", "--log-dir", join(local.confOf("node1"), "logs"));
    assert.equal(nowhere.code, EXIT_CODES.failure.code);
    assert.match(nowhere.err, /The directory of logs and PID files can't be used: ENOTDIR/);
    const stranger = await local.cluster("start", "--node", "node2");
    assert.equal(stranger.err, "[ERROR] Invalid node: node2\nAvailable nodes: node1 node3\n");
  });
});

describe("caucus cluster and processes", { concurrency: false }, () => {
  it("S3-29: a pid file of another program is stale, and that program is left alone", async () => {
    await using local = await prepareLocalCluster();
    // Also a node, but another one: its number may have been that of node2 once.
    const argv = ["node", "--conf", local.confOf("node1")];
    await using other = startCaucus(argv);
    await other.saw(/listening on/);
    writePid(local, "node1", process.pid);
    writePid(local, "node2", other.pid);
    writeFileSync(join(local.logDir, "node3.pid"), "not a number\n");
    const status = await local.cluster("status");
    for (const name of ["node1", "node2", "node3"]) {
      assert.ok(status.out.includes(`  ○ ${name} - Stopped (stale PID file)\n`), status.out);
    }
    const states = JSON.parse((await local.cluster("status", "--json")).out);
    assert.deepEqual(states.nodes[0], {
      ...{ name: "node1", state: "stale", pid: null },
      api_addr: `127.0.0.1:${local.httpPorts[0]}`,
    });
    const { code, err } = await local.cluster("stop");
    assert.equal(code, 0);
    assert.match(err, /Node node1 is not running; removed its stale PID file\n/);
    assert.ok(isAlive(other.pid));
    assert.ok(!existsSync(join(local.logDir, "node2.pid")));
  });

  it("starts a node whose pid file is stale, and kills one that does not stop", async () => {
    await using local = await prepareLocalCluster();
    const { cluster } = local;
    replaceIn(local.confOf("node1"), /^join.*$/m, "");
    replaceIn(local.confOf("node1"), "single = false", "single = true");
    for (const name of ["node2", "node3"]) rmSync(local.confOf(name));
    appendFileSync(local.confOf("node1"), '\nstorage = "memory"\n');
    writePid(local, "node1", process.pid);
    const started = await cluster("start", "--json");
    assert.equal(started.code, 0, started.err);
    assert.match(started.err, /^\[WARNING\] Removed the stale PID file of node1/);
    const pid = local.pidOf("node1");
    const { nodes, ready } = JSON.parse(started.out);
    assert.deepEqual([nodes, ready], [[{ name: "node1", pid, result: "started" }], true]);
    const busy = await cluster("clean-data");
    assert.equal(busy.code, EXIT_CODES.usage.code);
    assert.match(
      busy.err,
      /Node node1 is running \(PID: \d+\); stop it first, nothing was removed/,
    );

    const tested = JSON.parse((await cluster("test", "--json")).out);
    assert.deepEqual([tested.passed, tested.nodes[0].healthy], [true, true]);
    assert.match(tested.nodes[0].value, /^\d{4}-\d\d-/);
    assert.deepEqual(JSON.parse((await cluster("clean", "--json")).out), {
      logs: [local.logOf("node1")],
    });

    process.kill(pid, "SIGSTOP");
    const stopped = await cluster("stop", "--kill-after-ms", "100");
    assert.equal(stopped.code, 0);
    assert.equal(stopped.err, `[WARNING] Force killing node1 (PID: ${pid})\n`);
    await gone([pid]);
    const twice = JSON.parse((await cluster("stop", "--json")).out);
    assert.deepEqual(twice.nodes, [{ name: "node1", result: "not_running" }]);
  });
});

describe("caucus cluster and nodes that can't", { concurrency: false }, () => {
  it("S3-61: a node alone says whom it waits for, and start that not all run", async () => {
    await using local = await prepareLocalCluster();
    const { code, out } = await local.cluster("start", "--node", "node1");
    assert.equal(code, 0);
    assert.match(out, /^\[INFO\] 1 of 3 nodes run$/m);
    const [http] = local.httpPorts;
    const expected = new RegExp(`no answer from .*127\\.0\\.0\\.1:${local.raftPorts[2]}`);
    await eventually("it says whom it waits for", async () => {
      const reasons = await notReadyReasons({ apiAddress: `127.0.0.1:${http}` });
      assert.match(reasons.join(), expected);
    });
  });

  it("S3-63: says why a node ended instead of starting, with that node's exit code", async () => {
    await using local = await prepareLocalCluster();
    const path = local.confOf("node1");
    const file = join(dirname(local.confDir), "a-file");
    writeFileSync(file, "");
    replaceIn(path, /^data_path.*$/m, `data_path = ${JSON.stringify(join(file, "node1"))}`);
    const { code, err } = await local.cluster("start");
    assert.equal(code, EXIT_CODES.storage.code, err);
    assert.match(err, /^\[ERROR\] Failed to start node node1: .*data directory.*node1\.log\n$/);
    assert.ok(!existsSync(join(local.logDir, "node1.pid")));
  });
});

describe("caucus cluster clean-all and --help", { concurrency: false }, () => {
  it("S3-63: removes data of nodes only", async () => {
    await using local = await prepareLocalCluster();
    const precious = join(dirname(local.confDir), "data", "node2");
    mkdirSync(precious, { recursive: true });
    writeFileSync(join(precious, "mine"), "precious");
    const { code, err } = await local.cluster("clean-all");
    assert.equal(code, EXIT_CODES.storage.code);
    assert.match(err, /node2, of .*node2\.toml, is not the data directory of a node; nothing was/);
    assert.ok(existsSync(join(precious, "mine")));
  });

  it("keeps the data of a node that may run without a PID file", async () => {
    await using local = await prepareLocalCluster();
    const data = join(dirname(local.confDir), "data", "node1");
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, "identity"), "");
    const [port = assert.fail()] = local.raftPorts;
    const listener = await listen(port);
    const refused = await local.cluster("clean-data");
    await close(listener);
    assert.equal(refused.code, EXIT_CODES.addressInUse.code);
    const said = `127.0.0.1:${port}, of ${local.confOf("node1")}, is in use, so that node may run`;
    assert.ok(refused.err.includes(said), refused.err);
    assert.ok(existsSync(data));
    assert.equal((await local.cluster("clean-data")).code, 0);
    assert.ok(!existsSync(data));
  });

  it("explains its commands", async () => {
    const { code, out } = await runCommand(["cluster", "--help"]);
    assert.equal(code, 0);
    for (const name of ["start", "stop", "restart", "status", "logs", "test", "clean", "add"]) {
      assert.match(out, new RegExp(`^ {2}cluster ${name} `, "m"));
    }
    const stop = await runCommand(["help", "cluster", "stop"]);
    assert.match(stop.out, /--kill-after-ms/);
  });
});
