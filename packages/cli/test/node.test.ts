import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { CAUCUS_BIN, startCaucus, startProgram } from "../testing/caucus-process.ts";
import { close, freePorts, listen } from "../testing/free-ports.ts";

async function memoryNode(...more: readonly string[]): Promise<readonly string[]> {
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  return ["node", "--id", "1", "--listen", address, "--storage", "memory", ...more];
}

describe("caucus node", { concurrency: false }, () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`says where it listens, and stops in good order at ${signal}`, async () => {
      await using node = startCaucus(await memoryNode("--bootstrap"));
      await node.saw(/"msg":"listening on http:\/\/127\.0\.0\.1:\d+"/);
      node.child.kill(signal);
      assert.deepEqual(await node.ended, { code: 0, signal: null });
      assert.match(node.output().out, /"msg":"stopped"\}\n$/);
      assert.equal(node.output().err, "");
    });
  }

  it("stops when its standard input closes, with --exit-with-parent", async () => {
    await using node = startCaucus(await memoryNode("--exit-with-parent"));
    await node.saw(/listening on/);
    node.child.stdin?.end();
    assert.equal((await node.ended).code, 0);
    assert.match(node.output().out, /"reason":"parent"/);
  });

  it("reads CAUCUS_LOG, and prints readable lines without colours into a pipe", async () => {
    const argv = await memoryNode("--log-format", "pretty");
    await using node = startCaucus(argv, { CAUCUS_LOG: "info" });
    const [line] = await node.saw(/.*listening on .*\n/);
    assert.match(line, /^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: listening on/);
    await using quiet = startCaucus(await memoryNode("--exit-with-parent"), {
      CAUCUS_LOG: "silent",
    });
    quiet.child.stdin?.end();
    assert.equal((await quiet.ended).code, 0);
    assert.deepEqual(quiet.output(), { out: "", err: "" });
  });

  it("names a taken address and the option, and makes no data directory for it", async () => {
    const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
    const [port = 0] = await freePorts(1);
    const taken = await listen(port);
    try {
      const dataDir = join(directory, "data");
      const argv = ["node", "--id", "1", "--data-dir", dataDir];
      for (const option of ["--listen", "--api-addr", "--rpc-addr"]) {
        await using node = startCaucus([...argv, option, `127.0.0.1:${port}`]);
        assert.equal((await node.ended).code, EXIT_CODES.addressInUse.code);
        assert.deepEqual(node.output(), {
          out: "",
          err: `caucus: 127.0.0.1:${port} is in use by another program; choose another address with ${option}\n`,
        });
      }
      assert.ok(!existsSync(dataDir));
    } finally {
      await close(taken);
      rmSync(directory, { recursive: true });
    }
  });

  it("says an address of another machine in one line", async () => {
    await using node = startCaucus(["node", "--id", "1", "--listen", "192.0.2.1:10001"]);
    assert.equal((await node.ended).code, EXIT_CODES.addressInUse.code);
    assert.match(
      node.output().err,
      /^caucus: 192\.0\.2\.1:10001 is not an address of this machine/,
    );
  });

  it("refuses bad input with one line and the exit code of usage", async () => {
    for (const argv of [
      ["node", "--join", "a:1"],
      ["node", "--id", "1", "--jion", "a:1"],
      ["nodes"],
    ]) {
      await using ran = startCaucus(argv);
      assert.equal((await ran.ended).code, EXIT_CODES.usage.code);
      assert.match(ran.output().err, /^caucus: [^\n]+\n$/);
    }
  });
});

describe("the data directory of caucus node", () => {
  it("refuses a data directory in one line, with the exit code of storage", async () => {
    const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
    try {
      const [one = 0, two = 0] = await freePorts(2);
      const dataDir = join(directory, "data");
      const refused = async (id: number, path: string): Promise<string> => {
        const argv = ["--id", String(id), "--listen", `127.0.0.1:${two}`, "--data-dir", path];
        await using node = startCaucus(["node", ...argv]);
        const { code } = await node.ended;
        const { err } = node.output();
        assert.equal(code, EXIT_CODES.storage.code, err);
        assert.match(err, /^caucus: [^\n]+\n$/);
        return err;
      };
      {
        const argv = ["--id", "1", "--listen", `127.0.0.1:${one}`, "--data-dir", dataDir];
        await using node = startCaucus(["node", ...argv]);
        await node.saw(/listening on/);
        assert.match(
          await refused(1, dataDir),
          /^caucus: the data directory \S+ is in use by another process$/m,
        );
        node.child.kill("SIGTERM");
        assert.equal((await node.ended).code, 0);
      }
      assert.match(await refused(2, dataDir), /belongs to the node with id 1, not to 2/);
      appendFileSync(join(dataDir, "identity"), "x");
      assert.match(await refused(1, dataDir), /identity.* can't be used: the checksum is wrong/);
      const file = join(directory, "file");
      appendFileSync(file, "x");
      assert.match(await refused(1, file), /the data directory .*file can't be used: EEXIST/);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("bin/caucus.js", () => {
  it("says what to run when nothing is built", async () => {
    const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
    try {
      const script = join(directory, "bin", "caucus.mjs");
      mkdirSync(join(directory, "bin"));
      copyFileSync(CAUCUS_BIN, script);
      await using ran = startProgram(process.execPath, [script]);
      assert.equal((await ran.ended).code, 1);
      assert.equal(ran.output().err, "caucus: not built yet; run npm run build first\n");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
