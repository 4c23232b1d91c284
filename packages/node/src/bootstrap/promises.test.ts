import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLogger } from "@caucus/base";
import type { Member } from "@caucus/raft";
import type { BootstrapPromise } from "@caucus/rpc";
import { MemoryIdentityStore } from "@caucus/storage";
import { readIntention } from "./intention.ts";
import { BootstrapPromises } from "./promises.ts";

const SELF: Member = { key: "1".repeat(32), label: 1, rpcAddress: "h:1", apiAddress: "h:1" };
const ASKER: Member = { key: "2".repeat(32), label: 2, rpcAddress: "h:2", apiAddress: "h:2" };
const RIVAL: Member = { key: "3".repeat(32), label: 3, rpcAddress: "h:3", apiAddress: "h:3" };
const CLUSTER = "c".repeat(32);
const OTHER = "d".repeat(32);

function openPromises(): {
  identity: MemoryIdentityStore;
  promises: BootstrapPromises;
  adopted: string[];
} {
  const identity = new MemoryIdentityStore({
    memberKey: SELF.key,
    label: 1,
    startCounter: 1,
    cluster: undefined,
    promise: undefined,
  });
  const adopted: string[] = [];
  const promises = new BootstrapPromises({
    identity,
    self: SELF,
    logger: silentLogger,
    adopted: (cluster) => adopted.push(cluster),
  });
  return { identity, promises, adopted };
}

function asked(asker: Member, cluster: string = CLUSTER): BootstrapPromise {
  return { asker: asker.key, cluster, members: [SELF, asker === SELF ? ASKER : asker] };
}

describe("bootstrap promises", () => {
  it("N15: one asker has it alone, may ask again, and may ask for another cluster", async () => {
    const { identity, promises } = openPromises();
    const [first, second, again] = await Promise.all([
      promises.promise(asked(ASKER)),
      promises.promise(asked(RIVAL)),
      promises.promise(asked(ASKER)),
    ]);
    assert.deepEqual([first.kind, second.kind, again.kind], ["granted", "refused", "granted"]);
    assert.match(second.kind === "refused" ? second.message : "", /promised itself to node 2/);
    assert.equal((await promises.promise(asked(ASKER, OTHER))).kind, "granted");
    assert.deepEqual(readIntention(identity), { kind: "promise", promise: asked(ASKER, OTHER) });
  });

  it("N15: nobody but the asker withdraws it", async () => {
    const { promises } = openPromises();
    await promises.promise(asked(ASKER));
    await promises.withdraw(RIVAL.key, CLUSTER);
    await promises.withdraw(ASKER.key, OTHER);
    assert.equal(promises.current?.cluster, CLUSTER);
    await promises.withdraw(ASKER.key, CLUSTER);
    assert.equal(promises.current, undefined);
    assert.equal((await promises.promise(asked(RIVAL))).kind, "granted");
  });

  it("N15: a node that has promised does not ask itself, nor join another cluster", async () => {
    const { promises } = openPromises();
    await promises.promise(asked(ASKER));
    await assert.rejects(
      promises.promiseOneself(asked(SELF, OTHER), false),
      /promised itself to node 2/,
    );
    assert.equal(await promises.startJoining(OTHER), false);
  });

  it("N15: a node that asks a cluster to take it in gives no promise", async () => {
    const { adopted, promises } = openPromises();
    assert.equal(await promises.startJoining(OTHER), true);
    assert.equal((await promises.promise(asked(ASKER))).kind, "refused");
    await promises.joined(OTHER, false);
    assert.deepEqual(adopted, [OTHER]);
    assert.deepEqual(await promises.promise(asked(ASKER)), { kind: "member", cluster: OTHER });
  });
});

describe("adopting a cluster", () => {
  it("N16: an invitation counts only from the asker, for the promised cluster", async () => {
    const { adopted, identity, promises } = openPromises();
    await assert.rejects(promises.invite(ASKER.key, CLUSTER), /has not promised itself/);
    await promises.promise(asked(ASKER));
    await assert.rejects(promises.invite(RIVAL.key, CLUSTER), /has not promised itself/);
    await assert.rejects(promises.invite(ASKER.key, OTHER), /has not promised itself/);
    assert.deepEqual(adopted, []);
    await promises.invite(ASKER.key, CLUSTER);
    await promises.invite(ASKER.key, CLUSTER);
    assert.deepEqual(adopted, [CLUSTER]);
    assert.equal(identity.current.cluster, CLUSTER);
    assert.equal(identity.current.promise, undefined);
  });

  it("N16: invited while it looks around, it does not join the same cluster once more", async () => {
    const { adopted, identity, promises } = openPromises();
    await promises.promise(asked(ASKER));
    await promises.invite(ASKER.key, CLUSTER);
    assert.equal(await promises.startJoining(CLUSTER), false);
    await assert.rejects(promises.joined(CLUSTER, false), /not joining/);
    assert.deepEqual(adopted, [CLUSTER]);
    assert.equal(identity.current.promise, undefined);
  });

  it("N16: it adopts its own cluster only after the first entry is written", async () => {
    const { adopted, promises } = openPromises();
    await promises.promiseOneself(asked(SELF), false);
    const failing = promises.create(CLUSTER, () => Promise.reject(new Error("disk is full")));
    await assert.rejects(failing, /disk is full/);
    assert.deepEqual(adopted, []);
    await promises.create(CLUSTER, async () => {});
    await promises.create(CLUSTER, () => Promise.reject(new Error("twice")));
    assert.deepEqual(adopted, [CLUSTER]);
  });

  it("N15: while a node creates one cluster it does not create another", async () => {
    const { promises } = openPromises();
    await promises.promiseOneself(asked(SELF), false);
    const second = promises.promiseOneself({ ...asked(SELF, OTHER), members: [SELF] }, true);
    await assert.rejects(second, /is creating a cluster of the nodes 1, 2/);
    assert.equal(promises.current?.cluster, CLUSTER);
  });

  it("refuses a list that does not name this node as it is", async () => {
    const { promises } = openPromises();
    const without = { ...asked(ASKER), members: [ASKER] };
    const renamed = { ...asked(ASKER), members: [{ ...SELF, label: 9 }, ASKER] };
    const twice = { ...asked(ASKER), members: [SELF, { ...ASKER, label: 1 }] };
    for (const [request, pattern] of [
      [without, /not among the listed ones/],
      [renamed, /is node 1, not node 9/],
      [twice, /label 1 is used by two nodes/],
    ] as const) {
      const reply = await promises.promise(request);
      assert.match(reply.kind === "refused" ? reply.message : "", pattern);
    }
  });
});
