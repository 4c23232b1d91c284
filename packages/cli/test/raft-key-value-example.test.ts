import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { startCaucus, startProgram } from "../testing/caucus-process.ts";
import { close, freePorts, listen } from "../testing/free-ports.ts";
import { walkThrough } from "./walk-through.ts";

const SCRIPT = fileURLToPath(
  new URL("../../../../examples/raft-key-value/test-cluster.sh", import.meta.url),
);

async function environmentOf(workDir: string): Promise<NodeJS.ProcessEnv> {
  const [one, two, three] = await freePorts(3);
  return { PORT_1: String(one), PORT_2: String(two), PORT_3: String(three), WORK_DIR: workDir };
}

it("S4-01, S4-10, S4-11, S4-12, S4-13: examples/raft-key-value/test-cluster.sh passes all its own checks", async () => {
  const workDir = mkdtempSync(join(tmpdir(), "caucus-test-"));
  try {
    await using script = startProgram("bash", [SCRIPT], await environmentOf(workDir));
    const { code } = await script.ended;
    const { out, err } = script.output();
    assert.equal(code, 0, `${out}${err}`);
    assert.match(out, /All steps passed\.\n$/);
    assert.deepEqual(readdirSync(workDir).sort(), ["n1.log", "n2.log", "n3.log"]);
  } finally {
    rmSync(workDir, { recursive: true });
  }
});

it("every curl line of its README works as it is written", async () => {
  const ports = await freePorts(3);
  const argv = (index: number): readonly string[] => [
    ...["node", "--id", String(index + 1), "--http-addr", `127.0.0.1:${ports[index]}`],
    ...["--storage", "memory"],
  ];
  await using one = startCaucus(argv(0));
  await using two = startCaucus(argv(1));
  await using three = startCaucus(argv(2));
  await Promise.all([one, two, three].map((node) => node.saw(/listening on/)));
  const places = Object.fromEntries(
    ports.map((port, index) => [`127.0.0.1:2100${index + 1}`, `127.0.0.1:${port}`]),
  );
  const readme = new URL("README.md", pathToFileURL(SCRIPT));
  assert.equal(await walkThrough({ readme, places }), 12);
});

it("the script names the step that failed", async () => {
  const workDir = mkdtempSync(join(tmpdir(), "caucus-test-"));
  const environment = await environmentOf(workDir);
  const taken = await listen(Number(environment["PORT_2"]));
  try {
    await using script = startProgram("bash", [SCRIPT], environment);
    assert.equal((await script.ended).code, 1);
    const { err } = script.output();
    assert.match(err, /^FAILED at "start three nodes.*": node 2 has ended: .* is in use/m);
  } finally {
    await close(taken);
    rmSync(workDir, { recursive: true });
  }
});
