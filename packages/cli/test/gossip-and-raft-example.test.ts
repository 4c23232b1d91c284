// Seed 2's script on real processes.
import assert from "node:assert/strict";
import { accessSync, constants, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type CaucusProcess, startCaucus, startProgram } from "../testing/caucus-process.ts";
import { close, freePortRow, listen } from "../testing/free-ports.ts";
import { haveVoters } from "../testing/index.ts";
import { shellLines, walkThrough } from "./walk-through.ts";

const SCRIPT = fileURLToPath(
  new URL("../../../../examples/gossip-and-raft/test_distributed.sh", import.meta.url),
);

async function environmentOf(workDir: string): Promise<NodeJS.ProcessEnv & { RPC_PORT: string }> {
  const first = await freePortRow(9);
  return {
    RPC_PORT: String(first),
    API_PORT: String(first + 3),
    GOSSIP_PORT: String(first + 6),
    WORK_DIR: workDir,
  };
}

function startLine(line: string | undefined, directory: string): CaucusProcess {
  const [, , ...argv] = (line ?? "").trim().split(/\s+/);
  const id = argv[argv.indexOf("--id") + 1];
  return startCaucus([...argv, "--data-dir", join(directory, `node${id}`)]);
}

describe("examples/gossip-and-raft/test_distributed.sh", { concurrency: false }, () => {
  it("S0-02, S0-71, S2-01, S2-02, S2-06, S2-10, S2-11, S2-12, S2-13, S2-14, S2-15, S2-17, S2-28, S2-29: passes all its own checks", async () => {
    accessSync(SCRIPT, constants.X_OK);
    const workDir = mkdtempSync(join(tmpdir(), "caucus-test-"));
    try {
      await using script = startProgram("bash", [SCRIPT], await environmentOf(workDir));
      const { code } = await script.ended;
      const { err, out } = script.output();
      assert.equal(code, 0, `${out}${err}`);
      assert.match(out, /^three voters after \d+ s$/m);
      assert.match(out, /All steps passed\.\n$/);
      assert.deepEqual(
        new Set(readdirSync(workDir)),
        new Set(["node1.log", "node2.log", "node3.log"]),
      );
    } finally {
      rmSync(workDir, { recursive: true });
    }
  });

  it("S2-20, S2-21, S2-22, S2-23, S2-24, S2-27: the README's own lines make a cluster, and its curl lines work", async () => {
    const first = await freePortRow(9);
    const written = ["2100", "300", "2000"].flatMap((start) =>
      [1, 2, 3].map((id) => `${start}${id}`),
    );
    const places = Object.fromEntries(
      written.map((port, index) => [`127.0.0.1:${port}`, `127.0.0.1:${first + index}`]),
    );
    const readme = new URL("README.md", pathToFileURL(SCRIPT));
    const lines = shellLines({ readme, places }, "npx caucus node ");
    assert.equal(lines.length, 3);
    const workDir = mkdtempSync(join(tmpdir(), "caucus-test-"));
    try {
      await using one = startLine(lines[0], workDir);
      await using two = startLine(lines[1], workDir);
      await using three = startLine(lines[2], workDir);
      await Promise.all([one, two, three].map((node) => node.saw(/listening on/)));
      const nodes = [3, 4, 5].map((place) => ({ apiAddress: `127.0.0.1:${first + place}` }));
      await haveVoters(nodes, [1, 2, 3]);
      assert.equal(await walkThrough({ readme, places }), 4);
    } finally {
      rmSync(workDir, { recursive: true });
    }
  });

  it("names the step that failed", async () => {
    const workDir = mkdtempSync(join(tmpdir(), "caucus-test-"));
    const environment = await environmentOf(workDir);
    const taken = await listen(Number(environment.RPC_PORT));
    try {
      await using script = startProgram("bash", [SCRIPT], environment);
      assert.equal((await script.ended).code, 1);
      const { err } = script.output();
      assert.match(err, /^FAILED at "start node 1, .*": node 1 has ended: .* is in use/m);
    } finally {
      await close(taken);
      rmSync(workDir, { recursive: true });
    }
  });
});
