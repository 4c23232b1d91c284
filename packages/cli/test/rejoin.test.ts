import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { startCaucus } from "../testing/caucus-process.ts";
import { freePorts } from "../testing/free-ports.ts";

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function rejoin(...argv: readonly string[]): Promise<Ran> {
  await using ran = startCaucus(["rejoin", ...argv]);
  const { code } = await ran.ended;
  return { code, ...ran.output() };
}

async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "caucus-test-"));
  try {
    await body(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

describe("caucus rejoin", { concurrency: false }, () => {
  it("wants --discard-data to be said", async () => {
    const ran = await rejoin("--data-dir", "/nowhere");
    assert.equal(ran.code, EXIT_CODES.usage.code);
    assert.match(ran.err, /^caucus: this removes the data .*add --discard-data if you mean it\n$/);
  });

  it("touches nothing in a directory that is no node's", async () => {
    await inDirectory(async (directory) => {
      mkdirSync(join(directory, "db"));
      writeFileSync(join(directory, "db", "mine"), "precious");
      const ran = await rejoin("--discard-data", "--data-dir", directory);
      assert.equal(ran.code, EXIT_CODES.storage.code);
      assert.match(ran.err, /is not the data directory of a node.*nothing was removed\n$/);
      assert.ok(existsSync(join(directory, "db", "mine")));
      const missing = await rejoin("--discard-data", "--data-dir", join(directory, "missing"));
      assert.equal(missing.code, EXIT_CODES.storage.code);
      assert.match(missing.err, /missing does not exist\n$/);
    });
  });

  it("refuses while the node runs, and gives it a new key when it does not", async () => {
    await inDirectory(async (directory) => {
      const dataDir = join(directory, "data");
      const [port] = await freePorts(1);
      const argv = ["node", "--id", "4", "--listen", `127.0.0.1:${port}`, "--data-dir", dataDir];
      const key = await (async () => {
        await using node = startCaucus([...argv, "--bootstrap"]);
        await node.saw(/listening on/);
        const running = await rejoin("--discard-data", "--data-dir", dataDir);
        assert.equal(running.code, EXIT_CODES.storage.code, running.err);
        assert.match(running.err, /; nothing was removed\n$/);
        node.child.kill("SIGTERM");
        assert.equal((await node.ended).code, 0);
        return keyOf(node.output().out);
      })();

      const ran = await rejoin("--discard-data", "--data-dir", dataDir);
      assert.equal(ran.code, 0, ran.err);
      assert.match(ran.out, /caucus node --id 4 --data-dir/);

      await using again = startCaucus(argv);
      await again.saw(/listening on/);
      assert.notEqual(keyOf(again.output().out), key);
      again.child.kill("SIGTERM");
      assert.equal((await again.ended).code, 0);
    });
  });
});

function keyOf(log: string): string {
  return /"key":"([0-9a-f]{32})"/.exec(log)?.[1] ?? assert.fail(`no key in ${log}`);
}
