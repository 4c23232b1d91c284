import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { eventually } from "@caucus/base/testing";
import { createClient } from "@caucus/client";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import {
  CAUCUS_BIN,
  type CaucusProcess,
  gone,
  isAlive,
  startCaucus,
  startProgram,
} from "../testing/caucus-process.ts";
import { close, freePortRow, listen } from "../testing/free-ports.ts";

const run = promisify(execFile);

interface Demo {
  readonly portBase: number;
  readonly started: CaucusProcess;
  readonly nodePids: readonly number[];
  readonly dataDir: string;
  readonly curlLines: readonly string[];
}

/** A demo that has printed what to try. */
async function startDemo(...argv: readonly string[]): Promise<Demo> {
  const portBase = await freePortRow(3);
  // What is meant for a node of somebody's own is none of the demo's business.
  const environment = { CAUCUS_CONF: "/no/such/file.toml", CAUCUS_ID: "9" };
  const started = startCaucus(["demo", "--port-base", String(portBase), ...argv], environment);
  try {
    await started.saw(/Ctrl\+C stops all nodes\.\n/);
  } catch (error) {
    await started[Symbol.asyncDispose]();
    throw error;
  }
  const { out } = started.output();
  return {
    portBase,
    started,
    nodePids: nodePidsOf(started),
    dataDir: /^Data: (.*)$/m.exec(out)?.[1] ?? assert.fail("no data directory is named"),
    curlLines: [...out.matchAll(/^ {2}(curl .*)$/gm)].map(([, line]) => line ?? ""),
  };
}

function nodePidsOf(started: CaucusProcess): readonly number[] {
  const { out } = started.output();
  const pids = [...out.matchAll(/^ {2}node \d .* pid (\d+)$/gm)].map(([, pid]) => Number(pid));
  assert.equal(pids.length, 3);
  return pids;
}

describe("caucus demo", { concurrency: false }, () => {
  it("prints curl lines that work as printed, and leaves nothing after Ctrl+C", async () => {
    const demo = await startDemo();
    await using started = demo.started;
    const [write, consistentRead, read, cluster, ...more] = demo.curlLines;
    assert.deepEqual(more, []);
    assert.match(await shell(write), /"success":true/);
    assert.match(await shell(consistentRead), /"value":"world"/);
    // A local read may be a moment behind; the line itself works at once.
    assert.match(await shell(read), /"key":"hello"/);
    await eventually("world", async () => /"world"/.test(await shell(read)));
    assert.match(await shell(cluster), /"members":\[\{.*"role":"voter"/);
    await servesClient(demo.portBase);
    await showsStatus(demo.portBase);

    assert.ok(existsSync(demo.dataDir));
    started.child.kill("SIGINT");
    assert.deepEqual(await started.ended, { code: 0, signal: null });
    assert.deepEqual(demo.nodePids.filter(isAlive), []);
    assert.ok(!existsSync(demo.dataDir), "the temporary directory is removed");
    assert.equal(started.output().err, "");
  });

  it("keeps data in memory where RocksDB has no build, and fails when no node is left", async () => {
    const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
    try {
      const block = join(directory, "block-rocksdb.cjs");
      writeFileSync(block, BLOCK_ROCKSDB);
      const portBase = await freePortRow(3);
      await using started = startCaucus(["demo", "--port-base", String(portBase)], {
        NODE_OPTIONS: `--require ${block}`,
      });
      await started.saw(/RocksDB does not work here: starting again with --storage memory/);
      await started.saw(/Ctrl\+C stops all nodes\.\n/);
      assert.match(started.output().out, /caucus: RocksDB storage can't be loaded on /);
      for (const pid of nodePidsOf(started)) process.kill(pid, "SIGKILL");
      assert.equal((await started.ended).code, EXIT_CODES.failure.code);
      assert.match(started.output().err, /^caucus: all nodes have ended\n$/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("names a taken port and the option to change it, and starts nothing", async () => {
    const portBase = await freePortRow(3);
    const taken = await listen(portBase + 1);
    try {
      await using started = startCaucus(["demo", "--port-base", String(portBase)]);
      assert.equal((await started.ended).code, EXIT_CODES.addressInUse.code);
      assert.deepEqual(started.output(), {
        out: "",
        err: `caucus: port ${portBase + 1} is in use by another program; choose 3 others with --port-base (now ${portBase})\n`,
      });
    } finally {
      await close(taken);
    }
  });
});

describe("nothing of caucus demo is left", { concurrency: false }, () => {
  it("takes its nodes with it when it is killed", async () => {
    const demo = await startDemo("--storage", "memory");
    await using started = demo.started;
    started.child.kill("SIGKILL");
    await gone(demo.nodePids);
    rmSync(demo.dataDir, { recursive: true, force: true });
  });

  it("stops when the shell that has started it is gone, as after a signal to npm", async () => {
    const portBase = await freePortRow(3);
    const line = `"$0" "$1" demo --storage memory --port-base ${portBase}; true`;
    await using shell = startProgram("sh", ["-c", line, process.execPath, CAUCUS_BIN]);
    await shell.saw(/Ctrl\+C stops all nodes\.\n/);
    shell.child.kill("SIGTERM");
    // The demo holds the pipe of the shell's output: its end is the end of the demo.
    await shell.ended;
    assert.match(shell.output().out, /demo \| stopping \(parent\)/);
    assert.deepEqual(nodePidsOf(shell).filter(isAlive), []);
  });

  it("reports a node that dies, and kills one that does not stop at the second Ctrl+C", async () => {
    const demo = await startDemo("--storage", "memory");
    await using started = demo.started;
    const [first = 0, stuck = 0, last = 0] = demo.nodePids;
    process.kill(first, "SIGKILL");
    await started.saw(/node 1 has ended \(signal SIGKILL\)/);
    assert.deepEqual([stuck, last].map(isAlive), [true, true]);
    process.kill(stuck, "SIGSTOP");
    started.child.kill("SIGINT");
    await started.saw(/stopping \(SIGINT\)/);
    // The first ones count as one request, as npm repeats a signal at once.
    const repeat = setInterval(() => started.child.kill("SIGINT"), 100);
    try {
      await started.saw(/node 2 has ended \(signal SIGKILL\)/);
    } finally {
      clearInterval(repeat);
    }
    assert.equal((await started.ended).code, EXIT_CODES.interrupted.code);
    assert.deepEqual(demo.nodePids.filter(isAlive), []);
  });
});

/** Stands for a platform for which the binding brings no build. */
const BLOCK_ROCKSDB = `
const { Module } = require("node:module");
const load = Module._load;
Module._load = function (request, ...rest) {
  if (request.startsWith("@nxtedition/rocksdb")) throw new Error("no build for this platform");
  return load.call(this, request, ...rest);
};
`;

/** Runs a line as it was printed. */
async function shell(line: string | undefined): Promise<string> {
  const { stdout } = await run("sh", ["-c", line ?? "exit 1"]);
  return stdout;
}

async function servesClient(portBase: number): Promise<void> {
  const endpoints = [0, 1, 2].map((index) => `http://127.0.0.1:${portBase + index}`);
  const [first = "", second = ""] = endpoints;
  const key = "a/b ../é😀";
  const { revision } = await createClient({ endpoints: [first] }).write(key, "1");
  const client = createClient({ endpoints: [second] });
  const found = await client.get(key);
  assert.deepEqual([found?.value, found?.modRevision, found?.version], ["1", revision, 1]);
  assert.equal((await client.delete(key)).deleted, true);
  assert.equal(await createClient({ endpoints }).get(key), undefined);
}

async function showsStatus(portBase: number): Promise<void> {
  await using readable = startCaucus(["status", "--endpoint", `127.0.0.1:${portBase + 2}`]);
  assert.equal((await readable.ended).code, 0);
  const { out } = readable.output();
  assert.match(out, /^cluster \S+, leader node [123], term \d+, revision \d+\n/);
  assert.equal(out.match(/^[123] .* voter +(leader|follower) /gm)?.length, 3, out);

  await using json = startCaucus(["status", "--json", "--endpoint", `127.0.0.1:${portBase}`]);
  await json.ended;
  const parsed = JSON.parse(json.output().out) as { nodes: readonly { role: string }[] };
  assert.equal(parsed.nodes.filter((node) => node.role === "leader").length, 1);
}
