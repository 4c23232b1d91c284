import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { it } from "node:test";
import { fileURLToPath } from "node:url";
import { startProgram, temporaryDirectory, WRITER_PROGRAM } from "./child-process.ts";

const BATCHES = 40;

/** Why system calls can't be counted here; undefined when they can. */
function whyNoTrace(): string | undefined {
  if (process.platform !== "linux") return "strace is a program of Linux";
  const { error, status } = spawnSync("strace", ["-o", "/dev/null", "true"]);
  if (error !== undefined) return "strace is not installed";
  return status === 0 ? undefined : "strace is not permitted here";
}

const skip: string | false = whyNoTrace() ?? false;

// SIGKILL leaves the page cache alone: the kills of kill.test.ts pass without a single fsync.
it("S3: each acknowledged group of batches is fsynced", { skip }, async () => {
  const directory = await temporaryDirectory();
  try {
    await assertSynced(WRITER_PROGRAM, directory.path);
  } finally {
    await directory.remove();
  }
});

it("a build with sync off fails that test", { skip }, async () => {
  const directory = await temporaryDirectory();
  try {
    const program = await buildWithoutSync(join(directory.path, "build"));
    const data = join(directory.path, "data");
    await mkdir(data);
    await assert.rejects(assertSynced(program, data), /batches were acknowledged/);
  } finally {
    await directory.remove();
  }
});

/** Each batch waits for the one before it, so each is a group of its own. */
async function assertSynced(program: string, directory: string): Promise<void> {
  const trace = join(directory, "trace");
  const strace = ["-f", "-y", "-e", "trace=fdatasync,fsync", "-o", trace];
  const node = [process.execPath, program, join(directory, "data"), String(BATCHES)];
  const running = startProgram("strace", [...strace, ...node]);
  try {
    assert.equal(await running.ended, 0);
  } finally {
    running.kill("SIGKILL");
  }
  const acked = running.lines.filter(({ kind }) => kind === "acked").length;
  assert.equal(acked, BATCHES);
  const calls = (await readFile(trace, "utf8")).split("\n");
  const synced = calls.filter((call) => /f(data)?sync\(\d+<[^>]*\/db\/\d+\.log>/.test(call)).length;
  assert.ok(
    synced >= acked,
    `${acked} batches were acknowledged after ${synced} fsyncs of the log`,
  );
}

/** A copy of this build in which the one place that asks for an fsync does not. */
async function buildWithoutSync(target: string): Promise<string> {
  const dist = fileURLToPath(new URL("..", import.meta.url));
  const storage = join(target, "storage");
  await cp(dist, join(storage, "dist"), { recursive: true });
  await cp(join(dist, "..", "package.json"), join(storage, "package.json"));
  const binding = createRequire(import.meta.url).resolve("@nxtedition/rocksdb/package.json");
  await symlink(dirname(dirname(dirname(binding))), join(target, "node_modules"));
  const thread = join(storage, "dist", "src", "rocksdb", "writer-thread.js");
  const source = await readFile(thread, "utf8");
  const parts = source.split("{ sync: true }");
  assert.equal(parts.length, 2, "the patch must match exactly once");
  await writeFile(thread, parts.join("{ sync: false }"));
  return join(storage, "dist", "test", "writer-program.js");
}
