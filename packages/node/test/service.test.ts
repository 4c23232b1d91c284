import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLogger } from "@caucus/base";
import {
  failureOf,
  followersOf,
  formCluster,
  get,
  isReady,
  leaderOf,
  put,
  saysWhy,
  type TestNode,
  until,
  withNodes,
} from "./test-cluster.ts";

/** What a busy machine may add to a timeout; `request-clock.test.ts` has the exact times. */
const LATE_MS = 2_500;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("writes and reads on any member", () => {
  it("the leader counts a write, says how long its commit took, and what is on its way", async () => {
    await withNodes(3, async (nodes) => {
      await formCluster(nodes);
      const leader = await leaderOf(nodes);
      const commits: number[] = [];
      const { metrics } = leader.node;
      metrics.observe({ committed: (ms) => commits.push(ms), synced: () => {} });
      const before = metrics.counts().raft?.proposals.applied ?? 0;
      await put((await followersOf(nodes))[0] as TestNode, "a", "1");
      const { raft, storage } = metrics.counts();
      assert.equal(raft?.proposals.applied, before + 1);
      assert.ok(commits.length >= 1 && commits.every((ms) => ms > 0), String(commits));
      const others = nodes.map(({ label }) => label).filter((label) => label !== leader.label);
      const peers = raft?.inflight.map(({ label }) => label);
      assert.deepEqual(peers?.sort(), others.sort());
      assert.equal(storage, undefined);
      assert.equal(await metrics.diskBytes(), 0);
    });
  });

  it("N5: a follower forwards to the leader, unless it is told not to", async () => {
    await withNodes(3, async (nodes) => {
      await formCluster(nodes);
      const [follower, other] = (await followersOf(nodes)) as [TestNode, TestNode];
      await put(follower, "a", "1");
      assert.equal(await get(other, "a"), "1");
      const command = { kind: "put", key: bytes("a"), value: bytes("2") } as const;
      const { error } = await failureOf(follower.service.write(command, { forward: false }));
      assert.equal(error.code, "not_leader");
      assert.equal(error.outcome, "not_applied");
      assert.equal(error.leader, (await leaderOf(nodes)).label);
      const swapped = await follower.service.write({ ...command, kind: "get-and-set" });
      assert.equal(swapped.result.kind === "done" && swapped.result.previous?.version, 1);
      const listed = await other.service.list(bytes(""), 10);
      assert.deepEqual(
        listed.entries.map(({ record }) => new TextDecoder().decode(record.value)),
        ["2"],
      );
    });
  });

  it("wrong input is refused with the field and what is allowed", async () => {
    await withNodes(1, async ([node]) => {
      await node.start({ bootstrap: true });
      await isReady(node);
      const { service } = node;
      const key = bytes("a");
      const failures = await Promise.all([
        failureOf(put(node, "", "1")),
        failureOf(put(node, "k".repeat(4_097), "1")),
        failureOf(put(node, "a", "v".repeat(1024 * 1024 + 1))),
        failureOf(put(node, "a", "1", 0)),
        failureOf(service.get(bytes(""))),
        failureOf(service.get(key, { timeoutMs: 60_001 })),
        failureOf(service.list(key, 1_001)),
        failureOf(service.list(bytes("k".repeat(4_097)), 1)),
        failureOf(service.list(key, 1, { after: bytes("k".repeat(4_097)) })),
        failureOf(service.changeMembership({ voters: [] })),
      ]);
      for (const { error } of failures) {
        assert.equal(error.code, "invalid_argument", error.message);
        assert.match(error.message, /allowed|needed/);
      }
    });
  });
});

describe("without a quorum", () => {
  it("N6: writes and reads fail in time and say whether the write can have happened", async () => {
    await withNodes(3, async (nodes) => {
      await formCluster(nodes);
      await put(nodes[0], "a", "1");
      const leader = await leaderOf(nodes);
      await Promise.all((await followersOf(nodes)).map((node) => node.stop()));
      const appended = await failureOf(put(leader, "b", "2", 2_000));
      assert.equal(appended.error.code, "timeout");
      assert.equal(appended.error.outcome, "unknown");
      assert.ok(appended.afterMs < 2_000 + LATE_MS, `took ${appended.afterMs} ms`);
      await saysWhy(leader, /no leader is known/);
      const parked = await failureOf(put(leader, "c", "3", 500));
      assert.equal(parked.error.code, "no_leader");
      assert.equal(parked.error.outcome, "not_applied");
      assert.ok(parked.afterMs < 500 + LATE_MS, `took ${parked.afterMs} ms`);
      const key = bytes("a");
      const read = await failureOf(leader.service.get(key, { timeoutMs: 500 }));
      assert.equal(read.error.code, "no_leader");
      assert.ok(read.afterMs < 500 + LATE_MS, `took ${read.afterMs} ms`);
      assert.equal(await get(leader, "a", "local"), "1");
    });
  });
});

describe("the end of a node", () => {
  it("N21: a leader that stops hands over, and no write fails", async () => {
    await withNodes(3, async (nodes) => {
      let handOvers = 0;
      const info = (message: string): void => {
        if (message === "handed leadership over") handOvers++;
      };
      await formCluster(nodes, { logger: { ...silentLogger, info } });
      const leader = await leaderOf(nodes);
      const [writer, other] = (await followersOf(nodes)) as [TestNode, TestNode];
      const writes = { go: true };
      const writing = (async () => {
        for (let number = 0; writes.go; number++) await put(writer, "k", String(number));
      })();
      const { revision } = writer.service.status();
      await until(
        () => writer.service.status().revision > revision + 20,
        () => "writes flow",
      );
      await leader.stop();
      assert.equal(handOvers, 1);
      await leaderOf([writer, other]);
      const { revision: later } = writer.service.status();
      await until(
        () => writer.service.status().revision > later + 20,
        () => "writes flow again",
      );
      writes.go = false;
      await writing;
    });
  });

  it("N22: a node whose storage fails says so, and acknowledges nothing", async () => {
    await withNodes(1, async ([node]) => {
      const storage = node.disk.open();
      const disk = { isBroken: false };
      const { logStore } = storage;
      await node.start(
        { bootstrap: true },
        {
          ...storage,
          logStore: {
            opened: logStore.opened,
            term: (index) => logStore.term(index),
            entries: (from, to, bytesMax) => logStore.entries(from, to, bytesMax),
            write: (batch, done) =>
              disk.isBroken
                ? void setImmediate(() => done(new Error("disk is gone")))
                : logStore.write(batch, done),
            compact: (index, term) => logStore.compact(index, term),
            close: (done) => logStore.close(done),
          },
        },
      );
      await isReady(node);
      disk.isBroken = true;
      const { error } = await failureOf(put(node, "a", "1"));
      assert.equal(error.outcome, "unknown");
      const end = await node.node.ended;
      assert.equal(end.kind, "poisoned");
      await saysWhy(node, /poisoned: disk is gone/);
      assert.equal(node.service.status().state, "poisoned");
      const later = await failureOf(put(node, "b", "1"));
      assert.equal(later.error.code, "poisoned");
      assert.equal(later.error.outcome, "not_applied");
      assert.equal((await failureOf(get(node, "a", "local"))).error.code, "poisoned");
    });
  });
});
