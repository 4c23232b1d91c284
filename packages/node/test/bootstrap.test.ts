import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OpenedStorage } from "@caucus/storage";
import { DurableMemory } from "./durable-memory.ts";
import {
  CONCURRENTLY,
  failureOf,
  formCluster,
  get,
  isReady,
  labelsOf,
  put,
  saysWhy,
  type TestNode,
  until,
  withNodes,
} from "./test-cluster.ts";

function clustersOf(nodes: readonly TestNode[]): ReadonlySet<string | undefined> {
  return new Set(nodes.map((node) => node.service.status().cluster));
}

/** A disk on which one step of the creation never comes back: the process is killed in it. */
function hangingAt(step: "first entry" | "cluster name", storage: OpenedStorage): OpenedStorage {
  const { identity, logStore } = storage;
  if (step === "cluster name") {
    return {
      ...storage,
      identity: {
        get current() {
          return identity.current;
        },
        joinCluster: () => new Promise(() => {}),
        setPromise: (promise) => identity.setPromise(promise),
      },
    };
  }
  return {
    ...storage,
    logStore: {
      opened: logStore.opened,
      term: (index) => logStore.term(index),
      entries: (from, to, bytesMax) => logStore.entries(from, to, bytesMax),
      write: () => {},
      compact: (index, term) => logStore.compact(index, term),
      close: (done) => logStore.close(done),
    },
  };
}

describe("bootstrap by a list of addresses", CONCURRENTLY, () => {
  it("N17: nodes that start together form one cluster with all as voters", async () => {
    await withNodes(3, async (nodes) => {
      await formCluster(nodes);
      assert.equal(clustersOf(nodes).size, 1);
      for (const node of nodes) assert.deepEqual(labelsOf(node, "voter"), [1, 2, 3]);
      await put(nodes[2], "a", "1");
      for (const node of nodes) assert.equal(await get(node, "a"), "1");
    });
  });

  for (const order of [
    [3, 2, 1],
    [2, 1, 3],
  ]) {
    it(`N17: the order of starting does not matter: ${order}`, async () => {
      await withNodes(3, async (nodes) => {
        const join = nodes.map((node) => node.address);
        const inOrder = order.map((label) => nodes[label - 1] as TestNode);
        const [first, second, third] = inOrder as [TestNode, TestNode, TestNode];
        await first.start({ join });
        await second.start({ join });
        await saysWhy(first, new RegExp(`no answer from ${third.address}`));
        await saysWhy(second, new RegExp(`no answer from ${third.address}`));
        await third.start({ join });
        await Promise.all(nodes.map(isReady));
        assert.equal(clustersOf(nodes).size, 1);
      });
    });
  }

  for (const step of ["first entry", "cluster name"] as const) {
    it(`N14: the asker is killed before the ${step} of the promised cluster is on disk`, async () => {
      await withNodes(3, async (nodes) => {
        const [asker, second, third] = nodes;
        const join = nodes.map((node) => node.address);
        await asker.start({ join }, hangingAt(step, asker.disk.open()));
        await second.start({ join });
        await third.start({ join });
        await saysWhy(second, /has promised itself to node 1/);
        await saysWhy(third, /has promised itself to node 1/);
        const promised = second.disk.identity.promise;
        await asker.stop();
        await second.stop();
        await second.start({ join });
        await saysWhy(third, /does not answer under that key/);
        assert.equal(second.disk.identity.promise, promised);
        await asker.start({ join });
        // With its first entry on disk the cluster exists: nobody has to be asked again.
        const exists = asker.service.status().cluster !== undefined;
        assert.equal(exists, step === "cluster name");
        await Promise.all(nodes.map(isReady));
        const [cluster] = clustersOf(nodes);
        assert.equal(clustersOf(nodes).size, 1);
        assert.ok(promised?.includes(String(cluster)), "the promised cluster and no other");
      });
    });
  }
});

describe("nodes that can't agree", CONCURRENTLY, () => {
  it("N15: two askers that want the same node come to one cluster, not to two", async () => {
    await withNodes(3, async (nodes) => {
      const [first, second, wanted] = nodes;
      const join = [wanted.address];
      await Promise.all([
        first.start({ join }),
        second.start({ join }),
        wanted.start({ join: [first.address, second.address] }),
      ]);
      await Promise.all(nodes.map(isReady));
      await until(
        () => nodes.every((node) => labelsOf(node, "voter").length === 3),
        () => "all three are voters",
      );
      assert.equal(clustersOf(nodes).size, 1);
    });
  });

  it("two nodes with one label can't found a cluster, and say so", async () => {
    await withNodes(2, async ([first, second]) => {
      const join = [first.address, second.address];
      await first.start({ join });
      second.disk = DurableMemory.create(first.label);
      await second.start({ join });
      await saysWhy(first, /label 1 is used by two nodes/);
    });
  });
});

describe("creating a cluster alone", CONCURRENTLY, () => {
  it("N16: a node without a list waits and says so, until it is initialized, once", async () => {
    await withNodes(1, async ([node]) => {
      await node.start();
      await saysWhy(node, /belongs to no cluster: initialize it/);
      const { error } = await failureOf(put(node, "a", "1"));
      assert.equal(error.code, "unavailable");
      assert.equal(error.outcome, "not_applied");
      await node.service.initialize();
      await isReady(node);
      await put(node, "a", "1");
      assert.equal(await get(node, "a"), "1");
      assert.equal((await failureOf(node.service.initialize())).error.code, "conflict");
    });
  });

  it("a restart finds everything again", async () => {
    await withNodes(1, async ([node]) => {
      await node.start({ bootstrap: true });
      await isReady(node);
      await put(node, "a", "1");
      const { cluster } = node.service.status();
      await node.stop();
      await node.start({ bootstrap: true });
      await isReady(node);
      assert.equal(node.service.status().cluster, cluster);
      assert.equal(await get(node, "a"), "1");
    });
  });

  it("N18: a node that sees two clusters joins neither and says so", async () => {
    await withNodes(3, async ([first, second, third]) => {
      await first.start({ bootstrap: true });
      await second.start({ bootstrap: true });
      await Promise.all([isReady(first), isReady(second)]);
      await third.start({ join: [first.address, second.address] });
      await saysWhy(third, /two clusters are in sight/);
      assert.equal(third.service.status().cluster, undefined);
    });
  });
});
