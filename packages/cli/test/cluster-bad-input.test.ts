// Bad input over real sockets, processes and disks; the packages test every single case with fakes.
import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { eventually } from "@caucus/base/testing";
import { EXIT_CODES, type ExitName } from "../src/command/exit-codes.ts";
import {
  ask,
  clusterView,
  type FurtherNode,
  type NodeProcess,
  notReadyReasons,
  type ProcessCluster,
  readConsistent,
  withCluster,
  write,
} from "../testing/index.ts";

/** Above every deadline of a connection that never becomes a request. */
const CUT_OFF_MS_MAX = 45_000;

/** Sends `text`, and gives everything that comes back until the other side closes. */
function say(address: string, text: string): Promise<string> {
  const [host = "", port] = address.split(":");
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => socket.write(text, "latin1"));
    let heard = "";
    const timer = setTimeout(() => {
      reject(new Error(`${address} is still open after ${JSON.stringify(text)}`));
      socket.destroy();
    }, CUT_OFF_MS_MAX);
    socket.setEncoding("latin1").on("data", (piece: string) => {
      heard += piece;
    });
    // A reset is one of the ways to be cut off; "close" follows.
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(heard);
    });
  });
}

async function keepsServing(node: NodeProcess, key: string): Promise<void> {
  await write(node, key, key);
  assert.equal((await readConsistent(node, key)).value, key);
  assert.deepEqual(await notReadyReasons(node), []);
}

async function refusesBadRequests(node: NodeProcess): Promise<void> {
  const cases: readonly [unknown, RegExp][] = [
    [{ key: "", value: "x" }, /key is empty; allowed are 1 to 4096 bytes/],
    [{ key: "é".repeat(2049), value: "x" }, /key is 4098 bytes long; allowed are 4096/],
    [{ key: "a", value: "x".repeat(1024 * 1024 + 1) }, /value is 1048577 bytes long; .* 1048576/],
    [{ key: "a", value: 5 }, /value is a number; allowed is string/],
    [{ key: "a", value: "x", extra: 1 }, /unknown field "extra"; allowed are key, value/],
  ];
  for (const [json, reason] of cases) {
    const { status, body } = await ask(node, "/api/write", { json });
    assert.equal(status, 400, JSON.stringify(body));
    assert.match((body as { detail: string }).detail, reason);
  }
  const malformed = await say(
    node.apiAddress,
    "POST /api/write HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
      'Connection: close\r\nContent-Length: 7\r\n\r\n{"key":',
  );
  assert.match(malformed, /^HTTP\/1\.1 400 [\s\S]*the body is not JSON/);
  const largest = { key: "é".repeat(2048), value: "\u0001".repeat(1024 * 1024) };
  assert.equal((await ask(node, "/api/write", { json: largest })).status, 200);
  assert.equal((await readConsistent(node, largest.key)).value, largest.value);
}

async function cutsOffGarbage(node: NodeProcess): Promise<void> {
  const half = "POST /api/write HTTP/1.1\r\nHost: x\r\nContent-Le";
  const garbage = ["\u0000\u00ff\u0016\u0003", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "hello\r\n\r\n"];
  const addresses = new Set([node.apiAddress, node.rpcAddress]);
  await Promise.all(
    [...addresses].flatMap((address) => [
      ...["", "P", half, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"].map((text) => say(address, text)),
      ...garbage.map((text) => say(address, text)),
    ]),
  );
  assert.match(await say(node.apiAddress, "hello\r\n\r\n"), /^HTTP\/1\.1 400 /);
}

async function refusesToStart(
  cluster: ProcessCluster,
  place: FurtherNode,
  exit: ExitName,
  reason: RegExp,
): Promise<void> {
  const node = await cluster.add(place);
  node.launch();
  const { code } = await node.ended();
  assert.match(node.output, reason);
  assert.equal(code, EXIT_CODES[exit].code, node.output);
  assert.equal(node.output.match(/^caucus: /gm)?.length, 1, "one line for the person who typed it");
}

// Together, because most of it is waiting for deadlines.
describe("bad input", { concurrency: true }, () => {
  for (const ports of ["separate", "shared"] as const) {
    it(`a node on ${ports} ports outlives bad requests, half-sent ones and garbage`, async () => {
      await withCluster({ size: 1, ports }, async ({ nodes: [node] }) => {
        assert.ok(node !== undefined);
        const garbage = cutsOffGarbage(node);
        await Promise.all([garbage, refusesBadRequests(node)]);
        await keepsServing(node, ports);
      });
    });
  }

  it("processes with bad options, a taken port or a directory in use end with the reason", async () => {
    await withCluster({ size: 1 }, async (cluster) => {
      const { apiAddress, dataDirectory } = cluster.node(1);
      const refused: readonly Parameters<typeof refusesToStart>[] = [
        [
          cluster,
          { label: 2, flags: ["--jion", "a:1"] },
          "usage",
          /unknown option --jion; .*--join/,
        ],
        [cluster, { label: 2, flags: ["--storage", "tape"] }, "usage", /one of rocksdb, memory/],
        [cluster, { label: 2, flags: ["--join", "here"] }, "usage", /"here".*allowed: host:port/],
        [cluster, { label: 2, apiAddress, flags: [] }, "addressInUse", /in use.*--api-addr/],
        [cluster, { label: 1, dataDirectory, flags: [] }, "storage", /data-1/],
      ];
      await Promise.all(refused.map((one) => refusesToStart(...one)));
      await keepsServing(cluster.node(1), "still");
    });
  });

  it("a node of another cluster is not taken in, and says that it sees two", async () => {
    await withCluster({ size: 1 }, async (first) => {
      await withCluster({ size: 1 }, async (second) => {
        const [here, there] = [first.node(1), second.node(1)];
        const ids = (await Promise.all([here, there].map(clusterView))).map(
          (view) => view.cluster_id,
        );
        await write(there, "whose", "the second cluster's");
        await there.kill("SIGTERM");
        const strayed = await second.add({ ...there, flags: ["--join", here.rpcAddress] });
        await strayed.start();
        await eventually("it says that it sees two clusters", async () => {
          const reasons = (await notReadyReasons(strayed)).join();
          const expected = `this node is in ${ids[1]}, ${here.rpcAddress} is in ${ids[0]}`;
          assert.ok(reasons.includes(`two clusters seen: ${expected}`), reasons);
        });
        // It still belongs to its own, and the other one has not become larger.
        assert.equal((await readConsistent(strayed, "whose")).value, "the second cluster's");
        assert.equal((await clusterView(strayed)).cluster_id, ids[1]);
        assert.equal((await clusterView(here)).members.length, 1);
        assert.equal((await readConsistent(here, "whose")).value, null);
        await keepsServing(here, "mine");
      });
    });
  });
});
