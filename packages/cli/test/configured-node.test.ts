// That a configuration reaches the parts of a real node; the packages test what each setting does.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { eventually } from "@caucus/base/testing";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { startCaucus } from "../testing/caucus-process.ts";
import { freePorts } from "../testing/free-ports.ts";
import { ask, clusterView } from "../testing/index.ts";

const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
after(() => rmSync(directory, { recursive: true, force: true }));

async function writeConf(name: string, ...lines: readonly string[]): Promise<[string, string]> {
  const [port] = await freePorts(1);
  const file = join(directory, `${name}.toml`);
  writeFileSync(file, [`listen = "127.0.0.1:${port}"`, ...lines].join("\n"));
  return [file, `127.0.0.1:${port}`];
}

describe("a configured node", { concurrency: true }, () => {
  it("serves only its dialects, to its origins, within its limits", async () => {
    const [file, apiAddress] = await writeConf(
      "http",
      ...["node_id = 4", "bootstrap = true", 'storage = "memory"', 'dialects = ["gossip-kv"]'],
      ...['cors_origins = ["https://app.example"]', "body_limit_bytes = 1024"],
    );
    await using node = startCaucus(["node", "--conf", file]);
    await node.saw(/Press Ctrl\+C/);
    assert.equal((await clusterView({ apiAddress })).leader?.id, 4);
    const statusOf = async (path: string): Promise<number> =>
      (await ask({ apiAddress }, path)).status;
    assert.equal(await statusOf("/set_kv?key=a&value=b"), 200);
    for (const path of ["/get?key=a", "/list-nodes", "/update_service?service_type=storage"]) {
      assert.equal(await statusOf(path), 404, path);
    }
    const large = await ask({ apiAddress }, "/api/write", {
      json: { key: "a", value: "x".repeat(1024) },
    });
    assert.equal(large.status, 413);
    const headers = { Origin: "https://app.example" };
    const response = await fetch(`http://${apiAddress}/api/cluster`, { headers });
    assert.equal(response.headers.get("access-control-allow-origin"), "https://app.example");
    assert.ok(!node.output().out.includes("/get?key"));
  });

  it("S3-12: forwards no write of a follower when its file says so, wherever it is asked", async () => {
    const one = await writeConf("leader", "node_id = 1", "single = true", 'storage = "memory"');
    const two = await writeConf(
      "follower",
      ...["node_id = 2", `join = ["${one[1]}"]`, 'storage = "memory"', "forward_writes = false"],
    );
    await using leader = startCaucus(["node", "--conf", one[0]]);
    await leader.saw(/Press Ctrl\+C/);
    await using follower = startCaucus(["node", "--conf", two[0]]);
    await follower.saw(/Press Ctrl\+C/);
    await eventually("the follower refuses", async () => {
      const { body, status } = await ask({ apiAddress: two[1] }, "/set", {
        json: { key: "a", value: "b" },
      });
      assert.deepEqual(
        [status, (body as { error: string }).error],
        [503, "This node is not the leader. Current leader: 1"],
      );
    });
    const written = await ask({ apiAddress: one[1] }, "/set", { json: { key: "a", value: "b" } });
    assert.equal(written.status, 200);
  });

  it("ends with a reason and a documented code when its database has too many files", async () => {
    const [file] = await writeConf(
      "files",
      ...["node_id = 1", `data_dir = "${join(directory, "files")}"`, "max_open_files = 1"],
    );
    const first = startCaucus(["node", "--conf", file]);
    {
      await using node = first;
      await node.saw(/✓ Raft node created successfully!/);
      node.child.kill("SIGTERM");
      assert.equal((await node.ended).code, 0);
    }
    for (const name of ["900001.sst", "900002.sst"]) {
      writeFileSync(join(directory, "files", "db", name), "");
    }
    await using again = startCaucus(["node", "--conf", file]);
    assert.equal((await again.ended).code, EXIT_CODES.storage.code);
    assert.match(
      again.output().err,
      /^caucus: .*has 2 table files.*allowed are 1 by max_open_files\n$/,
    );
  });
});

describe("a node with a rate limit", () => {
  it("S3-77: answers 429 above it, and still says how it is", async () => {
    const [file, apiAddress] = await writeConf("limited", "rate_limit_max = 3");
    await using node = startCaucus(["node", "--conf", file]);
    await node.saw(/listening on/);
    const statuses: number[] = [];
    for (let request = 0; request < 5; request++) {
      statuses.push((await ask({ apiAddress }, "/members")).status);
    }
    assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
    assert.equal((await ask({ apiAddress }, "/livez")).status, 200);
  });
});

describe("the flags of seed 2", () => {
  it("S2-20 to S2-27: work to the letter, each address apart", async () => {
    const [rpc, api, gossip, rpc2, api2, gossip2] = (await freePorts(6)).map(
      (port) => `127.0.0.1:${port}`,
    );
    const data = (name: string): readonly string[] => ["--data-dir", join(directory, name)];
    await using one = startCaucus([
      ...["node", "--id", "1", "--rpc-addr", `${rpc}`, "--api-addr", `${api}`],
      ...["--gossip-addr", `${gossip}`, "--node_id", "first", ...data("one")],
    ]);
    await one.saw(/listening on/);
    // S2-26: the spellings of its other versions.
    await using two = startCaucus([
      ...["node", "--id", "2", "--rpc-addr", `${rpc2}`, "--http-addr", `${api2}`],
      ...["--gossip-addr", `${gossip2}`, "--seed-gossip-addrs", `${gossip}`, "--interval", "100"],
      ...data("two"),
    ]);
    await two.saw(/listening on/);
    for (const [apiAddress = "", gossips] of [
      [api, gossip],
      [api2, gossip2],
    ]) {
      await eventually("both gossip, each at its own address", async () => {
        const { body } = await ask({ apiAddress }, "/dialects/gossip-kv/");
        const { live_nodes } = body as {
          live_nodes: readonly { node_id: string; gossip_advertise_addr: string }[];
        };
        const names = live_nodes.map(({ node_id }) => node_id);
        assert.deepEqual(names.sort(), ["first", "node-2"]);
        assert.ok(live_nodes.some((node) => node.gossip_advertise_addr === gossips));
      });
    }
  });
});
