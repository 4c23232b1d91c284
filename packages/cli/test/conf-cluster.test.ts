// Seed 3's three configuration files, as they are but for ports and directories, as real processes.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { eventually } from "@caucus/base/testing";
import { type CaucusProcess, startCaucus } from "../testing/caucus-process.ts";
import { freePorts } from "../testing/free-ports.ts";
import { clusterView } from "../testing/index.ts";

interface ConfNode {
  readonly label: number;
  readonly file: string;
  readonly raft: string;
  readonly apiAddress: string;
  readonly dataPath: string;
  readonly join: readonly string[];
}

const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
after(() => rmSync(directory, { recursive: true, force: true }));

/** Node 1 lists the others, the others list node 1: S3-31. */
async function writeConf(name: string): Promise<readonly ConfNode[]> {
  // The lowest address creates the cluster, and in the seed that is node 1's.
  const ports = (await freePorts(6)).sort((a, b) => a - b);
  const raft = ports.slice(0, 3).map((port) => `127.0.0.1:${port}`);
  return [1, 2, 3].map((label) => {
    const node: ConfNode = {
      label,
      file: join(directory, `${name}-node${label}.toml`),
      raft: raft[label - 1] ?? "",
      apiAddress: `127.0.0.1:${ports[label + 2]}`,
      dataPath: join(directory, name, `node${label}`),
      join: label === 1 ? raft.slice(1) : raft.slice(0, 1),
    };
    const lines = [
      `node_id = ${label}`,
      `raft_addr = "${node.raft}"`,
      `http_addr = "${node.apiAddress}"`,
      "single = false",
      `join = [${node.join.map((address) => `"${address}"`).join(", ")}]`,
      `data_path = "${node.dataPath}"`,
      "max_open_files = 10000",
    ];
    writeFileSync(node.file, `${lines.join("\n")}\n`);
    return node;
  });
}

function start(node: ConfNode, ...more: readonly string[]): CaucusProcess {
  return startCaucus(["node", "--conf", node.file, "--exit-with-parent", ...more]);
}

/** What was said to a person: everything but log lines. */
function spoken(process: CaucusProcess): string {
  const lines = process.output().out.split("\n");
  return lines.filter((line) => !line.startsWith("{")).join("\n");
}

function configurationText({ apiAddress, dataPath, join: joined, label, raft }: ConfNode): string {
  return `Configuration loaded:
  node_id: ${label}
  raft_addr: ${raft}
  http_addr: ${apiAddress}
  data_path: ${dataPath}
  single: false
  join: [${joined.map((address) => `"${address}"`).join(", ")}]

Creating Raft node...
✓ Raft node created successfully!

`;
}

function servingText({ apiAddress }: ConfNode): string {
  return `Waiting for initial log to be committed...
✓ Initial log committed successfully!

HTTP server listening on http://${apiAddress}

Available endpoints:
  GET  http://${apiAddress}/get?key=<key>    - Get a value by key
  POST http://${apiAddress}/set             - Set a key-value pair
  POST http://${apiAddress}/delete          - Delete a key
  GET  http://${apiAddress}/health          - Health check
  GET  http://${apiAddress}/metrics         - Cluster metrics

Press Ctrl+C to shutdown...
`;
}

const GOODBYE = `
Shutting down Raft node...
✓ Raft node shutdown successfully!
Server shutdown complete!
`;

const CREATES = "Initializing 3-node cluster...\n✓ Cluster initialized successfully!\n\n";
const WAITS = "Waiting for cluster to be ready...\n";
const RESTARTS = "✓ Cluster already initialized\n\n";

async function eachReady(processes: readonly CaucusProcess[]): Promise<void> {
  for (const process of processes) await process.saw(/Press Ctrl\+C to shutdown\.\.\.\n/);
}

async function stopAll(processes: readonly CaucusProcess[]): Promise<void> {
  for (const { child } of processes) child.kill("SIGINT");
  for (const { ended } of processes) assert.deepEqual(await ended, { code: 0, signal: null });
}

describe("three configuration files", { concurrency: true }, () => {
  it("S3-40 to S3-46, S3-50, S3-53: node 1 creates the cluster of three, and a restart finds it", async () => {
    const [one, two, three] = (await writeConf("in-order")) as [ConfNode, ConfNode, ConfNode];
    for (const [first, others] of [
      [CREATES, WAITS],
      [RESTARTS, RESTARTS],
    ] as const) {
      await using process1 = start(one);
      await process1.saw(first === CREATES ? /Initializing 3-node cluster/ : /already initialized/);
      await using process2 = start(two);
      await using process3 = start(three);
      const processes = [process1, process2, process3];
      await eachReady(processes);
      if (first === CREATES) assert.equal((await clusterView(two)).leader?.id, 1);
      await stopAll(processes);
      for (const [node, process, says] of [
        [one, process1, first],
        [two, process2, others],
        [three, process3, others],
      ] as const) {
        assert.equal(spoken(process), configurationText(node) + says + servingText(node) + GOODBYE);
        assert.equal(process.output().err, "");
      }
    }
  });

  it("S3-50: come to one cluster in any other order, with log entries in place of lines", async () => {
    const nodes = await writeConf("backwards");
    const [one, two, three] = nodes as [ConfNode, ConfNode, ConfNode];
    await using process3 = start(three, "--log-format", "json");
    await process3.saw(/"msg":"Waiting for cluster to be ready..."/);
    await using process2 = start(two);
    await process2.saw(/Waiting for cluster to be ready/);
    await using process1 = start(one);
    await eachReady([process1, process2]);
    await process3.saw(/"msg":"✓ Initial log committed successfully!"/);
    await process3.saw(/"msg":"Press Ctrl\+C to shutdown\.\.\."/);
    assert.equal(spoken(process3).trim(), "");
    await eventually("all agree on three voters", async () => {
      for (const view of await Promise.all(nodes.map(clusterView))) {
        const members = view.members.map(({ id, role }) => `${id} ${role}`);
        assert.deepEqual(members, ["1 voter", "2 voter", "3 voter"]);
      }
    });
    await stopAll([process1, process2, process3]);
  });

  it("S3-30: single = true is a cluster of one, and the log goes to the file that is named", async () => {
    const [node] = await writeConf("single");
    assert.ok(node !== undefined);
    const file = join(directory, "single.toml");
    const logFile = join(directory, "logs", "node1.log");
    writeFileSync(
      file,
      `node_id = 1\nhttp_addr = "${node.apiAddress}"\n[raft]\naddr = "${node.raft}"\nsingle = true\n` +
        `[rocksdb]\ndata_path = "${node.dataPath}"\n[log]\nfile = "${logFile}"\nlevel = "info"\n`,
    );
    await using process = startCaucus(["node", "--conf", file]);
    await process.saw(/single: true[\s\S]*Initializing 1-node cluster[\s\S]*Press Ctrl\+C/);
    process.child.kill("SIGTERM");
    assert.equal((await process.ended).code, 0);
    assert.equal(spoken(process), process.output().out);
    assert.ok(spoken(process).startsWith(`Logging to file: ${logFile}\nConfiguration loaded:\n`));
    const entries = readFileSync(logFile, "utf8").trimEnd().split("\n");
    const messages = entries.map((line) => (JSON.parse(line) as { msg: string }).msg);
    assert.equal(messages.at(-1), "stopped");
    assert.ok(messages.includes("created the cluster"));
  });
});
