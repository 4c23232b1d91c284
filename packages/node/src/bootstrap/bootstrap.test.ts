import assert from "node:assert/strict";
import { it } from "node:test";
import { silentLogger } from "@caucus/base";
import type { Member } from "@caucus/raft";
import type { ClusterCalls, Identity } from "@caucus/rpc";
import { MemoryIdentityStore } from "@caucus/storage";
import type { GossipMember } from "../gossip-service.ts";
import type { Joiner } from "../membership/joiner.ts";
import { Bootstrap } from "./bootstrap.ts";
import { BootstrapPromises } from "./promises.ts";

const LOOK_MS = 3_000;

interface Neighbour extends Member {
  cluster: string;
  isLive: boolean;
}

function memberWith(digit: string, label: number): Member {
  return { key: digit.repeat(32), label, rpcAddress: `h${label}:1`, apiAddress: `h${label}:1` };
}

function neighbour(digit: string, label: number, cluster: string): Neighbour {
  return { ...memberWith(digit, label), cluster: cluster.repeat(32), isLive: true };
}

/** A node without a cluster in a world of virtual time; `each` changes it before every look. */
async function lookAround(
  neighbours: readonly Neighbour[],
  each: (nowMs: number, stop: () => void) => void,
): Promise<readonly { readonly cluster: string; readonly atMs: number }[]> {
  const self = memberWith("1", 1);
  const asked: { cluster: string; atMs: number }[] = [];
  const world = { nowMs: 0, isStopping: false };
  const identity = new MemoryIdentityStore({
    memberKey: self.key,
    label: 1,
    startCounter: 1,
    cluster: undefined,
    promise: undefined,
  });
  const calls: Partial<ClusterCalls> = {
    async identify(address): Promise<Identity> {
      const found = neighbours.find(({ isLive, rpcAddress }) => isLive && rpcAddress === address);
      if (found === undefined) throw new Error("silent");
      const { cluster, isLive, ...member } = found;
      return { member, cluster, startCounter: 1, lastIndex: 0, leader: undefined };
    },
  };
  const joiner: Pick<Joiner, "ask"> = {
    async ask(cluster) {
      asked.push({ cluster, atMs: world.nowMs });
      return { kind: "wait", message: "not yet" };
    },
  };
  const bootstrap = new Bootstrap({
    self,
    rules: { join: [], bootstrap: false, bootstrapExpect: undefined, gossipLookMs: LOOK_MS },
    gossip: () =>
      neighbours.map(
        (node) => ({ ...node, self: false, live: node.isLive }) as unknown as GossipMember,
      ),
    promises: new BootstrapPromises({ identity, self, logger: silentLogger, adopted: () => {} }),
    joiner: joiner as Joiner,
    calls: calls as ClusterCalls,
    logger: silentLogger,
    clock: { monotonicMs: () => world.nowMs, wallMs: () => 0 },
    rng: { next: () => 0 },
    newIdentity: () => "e".repeat(32),
    createLog: async () => {},
    campaign: () => {},
    pause: async (ms) => {
      world.nowMs += ms;
      each(world.nowMs, () => {
        world.isStopping = true;
      });
    },
    isStopping: () => world.isStopping,
  });
  await bootstrap.run();
  return asked;
}

it("N18: of two clusters none is joined while a member of one restarts, which looks dead for a moment", async () => {
  const one = neighbour("2", 2, "c");
  const two = neighbour("3", 3, "d");
  const asked = await lookAround([one, two], (nowMs, stop) => {
    two.isLive = nowMs < 10_000 || (nowMs > 11_000 && nowMs < 20_000);
    if (nowMs > 30_000) stop();
  });
  const [first] = asked;
  assert.ok(first !== undefined, "a cluster that is gone for good does not count for ever");
  assert.equal(first.cluster, one.cluster);
  // The last look at both came a moment before.
  assert.ok(first.atMs >= 19_800 + LOOK_MS, `it asked at ${first.atMs} ms`);
});

it("N31: the only cluster that gossip shows is asked at once", async () => {
  const one = neighbour("2", 2, "c");
  const asked = await lookAround([one], (_nowMs, stop) => stop());
  assert.deepEqual(asked, [{ cluster: one.cluster, atMs: 0 }]);
});

it("N18: nor while gossip does not yet say which cluster the restarted member is in", async () => {
  const one = neighbour("2", 2, "c");
  const two = neighbour("3", 3, "d");
  const { cluster } = two;
  const asked = await lookAround([one, two], (nowMs, stop) => {
    two.isLive = nowMs < 10_000 || nowMs > 11_000;
    // What is not known is as good as the other one's: it makes no second cluster.
    two.cluster = two.isLive ? cluster : one.cluster;
    if (nowMs > 20_000) stop();
  });
  assert.deepEqual(asked, []);
});
