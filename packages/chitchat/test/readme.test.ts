import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const packageUrl = new URL("../../", import.meta.url);

/** A UDP port that nobody used a moment ago. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

test("the example of the README runs, and says what it should", async () => {
  const readme = readFileSync(new URL("README.md", packageUrl), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.ok(example !== undefined);
  const code = example.replaceAll("127.0.0.1:10001", `127.0.0.1:${await freePort()}`);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", code],
    { cwd: fileURLToPath(packageUrl), timeout: 20_000 },
  );
  assert.equal(stdout, "b: sky is blue\n");
});
