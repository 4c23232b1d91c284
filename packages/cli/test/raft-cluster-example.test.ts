// Seed 3's script on real processes.

import assert from "node:assert/strict";
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { eventually } from "@caucus/base/testing";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { gone, isAlive, startProgram } from "../testing/caucus-process.ts";
import { ask } from "../testing/node-api.ts";
import { type LocalCluster, prepareLocalCluster, START_SH } from "./local-cluster.ts";
import { runCommand } from "./run-command.ts";
import { walkThrough } from "./walk-through.ts";

const NAMES = ["node1", "node2", "node3"] as const;

describe("examples/raft-cluster/start.sh", { concurrency: false }, () => {
  it("S3-29: prints its usage and ends with 1 without a command, or with an unknown one", async () => {
    accessSync(START_SH, constants.X_OK);
    for (const argv of [[], ["frobnicate"]]) {
      await using script = startProgram("bash", [START_SH, ...argv]);
      assert.equal((await script.ended).code, 1);
      const { out } = script.output();
      assert.match(out, /^Usage: .*start\.sh \{start\|stop\|restart\|status\|logs\|test\|clean\|/);
      assert.match(out, /^ {2}logs <node> +Show the log of a node/m);
    }
  });

  it("S3-01, S3-02, S3-03, S3-05, S3-06, S3-81, S3-20, S3-21, S3-22, S3-23, S3-24, S3-25, S3-26, S3-27, S3-28, S3-29, S3-51, S3-54, S3-62: starts, shows, tests, restarts, stops and cleans three nodes", async () => {
    await using local = await prepareLocalCluster();
    uncomment(local.confOf("node3"), "forward_writes = false");
    await starts(local);
    const pids = NAMES.map(local.pidOf);
    await startsOnce(local, pids);
    await tests(local);
    await walks(local);
    await gossips(local);
    await refusesWrites(local);
    await missesOne(local);
    await followsLogs(local);
    await restarts(local, pids);
    await stops(local);
    await cleans(local);
  });
});

function uncomment(path: string, setting: string): void {
  const text = readFileSync(path, "utf8");
  assert.ok(text.includes(`\n# ${setting}\n`));
  writeFileSync(path, text.replace(`# ${setting}`, setting));
}

async function starts({ httpPorts, logOf, pidOf, script }: LocalCluster): Promise<void> {
  const { code, err, out } = await script("start");
  assert.equal(code, 0, out + err);
  for (const name of NAMES) {
    assert.ok(out.includes(`[INFO] Starting node ${name}...\n`), out);
    const said = `[SUCCESS] Node ${name} started successfully (PID: ${pidOf(name)})\n`;
    assert.ok(out.includes(said), out);
    assert.ok(existsSync(logOf(name)));
    assert.ok(isAlive(pidOf(name)), "it goes on without the script");
  }
  assert.match(out, /\[SUCCESS\] Cluster startup complete!/);
  assert.equal(err, "", "no progress bar in a pipe");
  const status = await script("status");
  for (const [index, name] of NAMES.entries()) {
    const line = `  ● ${name} - Running (PID: ${pidOf(name)}, HTTP: ${httpPorts[index]})\n`;
    assert.ok(status.out.includes(line), status.out);
  }
}

/** Started while it runs: no error, and nothing happens. */
async function startsOnce({ pidOf, script }: LocalCluster, pids: readonly number[]): Promise<void> {
  const { code, err } = await script("start");
  assert.equal(code, 0);
  for (const [index, name] of NAMES.entries()) {
    assert.ok(err.includes(`[WARNING] Node ${name} is already running (PID: ${pids[index]})\n`));
  }
  assert.deepEqual(NAMES.map(pidOf), pids);
}

async function tests({ script }: LocalCluster): Promise<void> {
  const { code, err, out } = await script("test");
  assert.equal(code, 0, out + err);
  const value = /test:timestamp is ("[^"]+")/.exec(out)?.[1] ?? assert.fail(out);
  for (const name of NAMES) {
    assert.match(out, new RegExp(`\\[SUCCESS\\] ${name} is ready: (leader|follower) of term \\d+`));
    assert.ok(out.includes(`  ${name}: ${value}\n`), out);
  }
}

/** S3-51: one node may fail, and the test says which. */
async function missesOne({ cluster, script }: LocalCluster): Promise<void> {
  await cluster("stop", "--node", "node2");
  const two = await script("test");
  assert.equal(two.code, EXIT_CODES.failure.code);
  assert.match(two.err, /\[ERROR\] .* can't be reached/);
  assert.match(two.out, /^ {2}node2: no answer$/m);
  assert.match(two.out, /^ {2}node3: "\d{4}-/m);
}

/** The README, from its own text. */
async function walks({ httpPorts }: LocalCluster): Promise<void> {
  const places = Object.fromEntries(
    httpPorts.map((port, index) => [`127.0.0.1:800${index + 1}`, `127.0.0.1:${port}`]),
  );
  const readme = new URL("README.md", pathToFileURL(START_SH));
  assert.equal(await walkThrough({ readme, places }), 14);
}

/** Each node sees by gossip that all are alive. */
async function gossips({ httpPorts }: LocalCluster): Promise<void> {
  for (const port of httpPorts) {
    const members = ["members", "--json", "--endpoint", `127.0.0.1:${port}`];
    await eventually(`port ${port} sees all`, async () => {
      const { out } = await runCommand(members);
      const { members: seen } = JSON.parse(out) as { members: { id: string; state: string }[] };
      assert.deepEqual(
        seen.map(({ id, state }) => [id, state]),
        [
          ["1", "live"],
          ["2", "live"],
          ["3", "live"],
        ],
      );
    });
  }
}

/** The file of node 3 says `forward_writes = false`, as the program of the seed does. */
async function refusesWrites({ cluster, httpPorts }: LocalCluster): Promise<void> {
  const [one, , three] = httpPorts;
  const [first, third] = [{ apiAddress: `127.0.0.1:${one}` }, { apiAddress: `127.0.0.1:${three}` }];
  const leader = async (): Promise<number | null> =>
    ((await ask(third, "/health")).body as { current_leader: number | null }).current_leader;
  // A loaded machine may elect somebody else at any time.
  await eventually("node 3 refuses as a follower", async () => {
    if ((await leader()) === 3) await cluster("transfer", "1", "--endpoint", first.apiAddress);
    const { body, status } = await ask(third, "/set", { json: { key: "a", value: "b" } });
    const error = `This node is not the leader. Current leader: ${await leader()}`;
    assert.deepEqual([status, body], [503, { error }]);
  });
  // The client finds the leader all the same.
  const put = ["kv", "put", "a", "b", "--endpoint", third.apiAddress];
  assert.equal((await runCommand(put)).code, 0);
}

async function followsLogs({ logOf, script, ...local }: LocalCluster): Promise<void> {
  await using follow = startProgram("bash", [START_SH, "logs", "node1"], local.environment);
  await follow.saw(
    /\[INFO\] Showing logs for node1 \(Ctrl\+C to exit\)\.\.\.\n[\s\S]*listening on/,
  );
  const { code, err } = await script("logs", "node9");
  assert.equal(code, EXIT_CODES.usage.code);
  assert.equal(err, "[ERROR] Invalid node: node9\nAvailable nodes: node1 node2 node3\n");
  assert.match((await script("logs")).err, /^\[ERROR\] Please specify a node\nAvailable nodes: /);
  // What running nodes write goes on after their logs are emptied, and is seen.
  assert.equal((await script("clean")).code, 0);
  assert.ok(existsSync(logOf("node1")));
  const before = follow.output().out.length;
  await local.cluster("stop", "--node", "node1");
  await eventually("the last line of node1", () =>
    follow.output().out.slice(before).includes("stopped"),
  );
  follow.child.kill("SIGINT");
  assert.equal((await follow.ended).code, 0);
}

async function restarts(
  { logOf, pidOf, script }: LocalCluster,
  pids: readonly number[],
): Promise<void> {
  const bad = await script("restart", "loud");
  assert.equal(bad.code, EXIT_CODES.usage.code);
  assert.match(bad.err, /LEVEL "loud" is not allowed; allowed: one of debug, info/);
  // It also starts the two that do not run.
  const { code, err, out } = await script("restart", "warn");
  assert.equal(code, 0, out + err);
  await gone(pids);
  assert.ok(NAMES.map(pidOf).every((pid) => !pids.includes(pid)));
  assert.ok(existsSync(logOf("node1")));
}

async function stops({ logDir, pidOf, script }: LocalCluster): Promise<void> {
  const pids = NAMES.map(pidOf);
  const { code, out } = await script("stop");
  assert.equal(code, 0);
  for (const name of NAMES) assert.ok(out.includes(`[SUCCESS] Node ${name} stopped\n`));
  await gone(pids);
  assert.deepEqual(
    readdirSync(logDir).filter((file) => file.endsWith(".pid")),
    [],
  );
  const again = await script("stop");
  assert.equal(again.code, 0);
  for (const name of NAMES)
    assert.ok(again.err.includes(`[WARNING] Node ${name} is not running\n`));
  assert.match((await script("status")).out, /^ {2}○ node1 - Stopped\n {2}○ node2 - Stopped\n/m);
}

async function cleans({ confDir, logDir, script }: LocalCluster): Promise<void> {
  assert.equal((await script("clean")).code, 0);
  assert.deepEqual(readdirSync(logDir), []);
  assert.equal(readdirSync(confDir).length, 3);
  const { code, out } = await script("clean-data");
  assert.equal(code, 0);
  assert.match(out, /^\[SUCCESS\] Removed: 3 data directories, 0 log files$/m);
}
