import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { copyBuild } from "./build-copy.ts";
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
it("S3, S5, S12: each acknowledged group of batches is fsynced, and not on the main thread", {
  skip,
}, async () => {
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
  const acked = running.lines.filter((line) => line.kind === "acked");
  assert.equal(acked.length, BATCHES);
  const calls = (await readFile(trace, "utf8")).split("\n");
  const synced = calls.filter((call) => SYNC_OF_LOG.test(call)).length;
  assert.ok(
    synced >= acked.length,
    `${acked.length} batches were acknowledged after ${synced} fsyncs of the log`,
  );
  const terms = new Set(acked.map(({ term }) => term)).size;
  const fenced = calls.filter((call) => SYNC_OF_FENCE.test(call)).length;
  assert.ok(fenced >= terms, `S5: ${terms} new terms after ${fenced} fsyncs of the fence`);
  const opened = running.lines.find((line) => line.kind === "opened");
  const blocking = calls.filter(
    (call) => call.startsWith(`${opened?.pid} `) && call.includes("sync("),
  );
  assert.deepEqual(blocking, [], "S12: the main thread never waits for the disk");
}

const SYNC_OF_LOG = /f(data)?sync\(\d+<[^>]*\/db\/\d+\.log>/;
const SYNC_OF_FENCE = /f(data)?sync\(\d+<[^>]*\/fence>/;

/** A copy of this build in which the one place that asks for an fsync does not. */
async function buildWithoutSync(target: string): Promise<string> {
  const build = await copyBuild(target, { binding: true });
  const source = await readFile(build.writerThread, "utf8");
  const parts = source.split("{ sync: true }");
  assert.equal(parts.length, 2, "the patch must match exactly once");
  await writeFile(build.writerThread, parts.join("{ sync: false }"));
  return build.writerProgram;
}
