import assert from "node:assert/strict";
import { it } from "node:test";
import {
  ask,
  type NodeProcess,
  notReadyReasons,
  type ProcessCluster,
  readConsistent,
  readLocal,
  withCluster,
  write,
} from "../testing/index.ts";

/** What is promised for the default timeout. */
const PROMISED_MS_MAX = 5_000;
/** What a busy machine may add between a node and its client. */
const DELIVERY_MS_MAX = 5_000;

interface Problem {
  readonly code: string;
  readonly detail: string;
  readonly outcome?: string;
}

/** Asks, and checks that it fails in time, as 503 or 504 and with a reason. */
async function fails(node: NodeProcess, path: string, json?: unknown): Promise<Problem> {
  const startedMs = performance.now();
  const { status, body } = await ask(node, path, { json });
  const elapsedMs = performance.now() - startedMs;
  const problem = body as Problem;
  const shown = `${path} on node ${node.label}: ${status} ${JSON.stringify(body)}`;
  assert.ok(status === 503 || status === 504, shown);
  assert.ok(
    elapsedMs <= PROMISED_MS_MAX + DELIVERY_MS_MAX,
    `${shown} after ${Math.round(elapsedMs)} ms`,
  );
  assert.match(problem.detail, /no leader|quorum/, shown);
  // The status of a failed write says the same as its outcome.
  if (json !== undefined) {
    assert.equal(problem.outcome, status === 503 ? "not_applied" : "unknown", shown);
  }
  return problem;
}

const KEYS = Array.from({ length: 20 }, (_, number) => `key-${number}`);

async function losesTwoOfThree(cluster: ProcessCluster, left: NodeProcess): Promise<void> {
  const killed = cluster.nodes.filter((node) => node !== left);
  await Promise.all(killed.map((node) => node.kill("SIGKILL")));
  // At once, when an old leader does not know it yet …
  await Promise.all([
    fails(left, "/api/write", { key: "first", value: "1" }),
    fails(left, "/api/consistent_read/key-0"),
  ]);
  assert.equal((await readLocal(left, "key-0")).value, "value of key-0");
  // … and once it does.
  assert.match((await notReadyReasons(left)).join(), /no leader is known/);
  const [problem] = await Promise.all([
    fails(left, "/api/write?timeout_ms=1000", { key: "second", value: "2" }),
    fails(left, "/api/consistent_read/key-0?timeout_ms=1000"),
  ]);
  assert.equal(problem.outcome, "not_applied");

  await Promise.all(killed.map((node) => node.start()));
  await cluster.ready();
  for (const node of cluster.nodes) {
    for (const key of KEYS) {
      assert.equal((await readConsistent(node, key)).value, `value of ${key}`);
    }
  }
  // What was certainly not applied is not there: it was not kept for later.
  assert.equal((await readConsistent(left, "second")).value, null);
  await write(left, "third", "3");
}

it("S0-72, S1-50, S2-05: one of three left: writes and linearizable reads fail within 5 s, local reads answer, nothing is lost", async () => {
  await withCluster({}, async (cluster) => {
    for (const [number, key] of KEYS.entries()) {
      await write(cluster.node((number % 3) + 1), key, `value of ${key}`);
    }
    await losesTwoOfThree(cluster, await cluster.leader());
    const leader = await cluster.leader();
    const follower = cluster.nodes.find((node) => node !== leader) as NodeProcess;
    await losesTwoOfThree(cluster, follower);
  });
});
