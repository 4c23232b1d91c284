import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Member } from "@caucus/raft";
import {
  type BootstrapRules,
  type BootstrapStep,
  type BootstrapView,
  type GossipSighting,
  judgeBootstrap,
  type Sighting,
} from "./bootstrap-judge.ts";

const CLUSTER = "c".repeat(32);
const OTHER = "d".repeat(32);

function node(label: number, digit = String(label)): Member {
  const address = `127.0.0.1:${9_000 - label}`;
  return { key: digit.repeat(32), label, rpcAddress: address, apiAddress: address };
}

function identityOf(member: Member, cluster?: string): Sighting["identity"] {
  return { member, cluster, startCounter: 1, lastIndex: 0, leader: undefined };
}

function listed(member: Member, cluster?: string): Sighting {
  return { address: member.rpcAddress, identity: identityOf(member, cluster) };
}

function gossiped(member: Member, cluster?: string): GossipSighting {
  return { ...listed(member, cluster), key: member.key, cluster };
}

const RULES: BootstrapRules = {
  join: [],
  bootstrap: false,
  bootstrapExpect: undefined,
  gossipLookMs: 3_000,
};

function judge(
  view: Partial<Omit<BootstrapView, "rules">>,
  rules: Partial<BootstrapRules> = {},
): BootstrapStep {
  return judgeBootstrap({
    self: node(1),
    listed: [],
    gossiped: [],
    shownClusters: [],
    lookedMs: 10_000,
    ...view,
    rules: { ...RULES, ...rules },
  });
}

function assertWaits(step: BootstrapStep, why: RegExp): void {
  assert.ok(step.kind === "wait", step.kind);
  assert.match(step.reason, why);
}

function assertAsks(step: BootstrapStep, labels: readonly number[], automatic: boolean): void {
  assert.ok(step.kind === "ask", step.kind === "wait" ? step.reason : step.kind);
  assert.deepEqual(
    step.members.map(({ label }) => label),
    labels,
  );
  assert.equal(step.automatic, automatic);
}

describe("bootstrap_expect", () => {
  const rules = { bootstrapExpect: 3 };
  const all = [gossiped(node(3)), gossiped(node(2))];

  it("N29: the lowest label asks the others, exactly as many as are expected", () => {
    assertAsks(judge({ gossiped: all }, rules), [1, 2, 3], true);
    assertAsks(judge({ gossiped: [...all, gossiped(node(4))] }, rules), [1, 2, 3], true);
    assertAsks(
      judge({ listed: [listed(node(3))], gossiped: [gossiped(node(2))] }, rules),
      [1, 2, 3],
      true,
    );
    const third = judge({ self: node(3), gossiped: [gossiped(node(1)), gossiped(node(2))] }, rules);
    assertWaits(third, /node 1, the lowest label, must create/);
  });

  it("N29: waits for those that are missing, do not answer, or share a label", () => {
    assertWaits(
      judge({ gossiped: all.slice(1) }, rules),
      /^2 of the 3 expected nodes are here: 1, 2$/,
    );
    const silent = { ...gossiped(node(3)), identity: undefined };
    assertWaits(judge({ gossiped: [gossiped(node(2)), silent] }, rules), /^2 of the 3/);
    const impostor = { ...gossiped(node(3)), key: "9".repeat(32) };
    assertWaits(judge({ gossiped: [gossiped(node(2)), impostor] }, rules), /^2 of the 3/);
    const twins = [gossiped(node(2)), gossiped(node(2, "9"))];
    assertWaits(judge({ gossiped: twins }, rules), /label 2 is used by two nodes/);
  });

  it("N30: looks for a cluster first, and creates none where gossip has shown one", () => {
    assertWaits(judge({ gossiped: all, lookedMs: 2_999 }, rules), /for 3000 ms before/);
    assertWaits(judge({ gossiped: all, shownClusters: [CLUSTER] }, rules), /it creates no other/);
  });
});

describe("bootstrap alone", () => {
  const rules = { bootstrap: true };

  it("N30: only after a look in which gossip has shown no cluster, dead or alive", () => {
    assertWaits(judge({ lookedMs: 2_999 }, rules), /for 3000 ms before/);
    assertAsks(judge({ lookedMs: 3_000 }, rules), [1], true);
    assertAsks(judge({ gossiped: [gossiped(node(2))] }, rules), [1], true);
    assertWaits(judge({ shownClusters: [CLUSTER] }, rules), /has shown cluster c+, .* no other/);
    const joins = judge(
      { gossiped: [gossiped(node(2), CLUSTER)], shownClusters: [CLUSTER] },
      rules,
    );
    assert.equal(joins.kind, "join");
  });
});

describe("a cluster in sight", () => {
  it("N31: is joined by gossip when a member says so itself, under the key that it gossips", () => {
    const member = gossiped(node(2), CLUSTER);
    const waiting = gossiped(node(3));
    const step = judge({ gossiped: [waiting, member] });
    assert.deepEqual(step, {
      kind: "join",
      cluster: CLUSTER,
      addresses: [member.address],
      nominated: true,
    });
    const silent = { ...member, identity: undefined };
    assertWaits(judge({ gossiped: [silent] }), /none of its members answers/);
    const impostor = { ...member, key: "9".repeat(32) };
    assertWaits(judge({ gossiped: [impostor] }), /none of its members answers/);
    const liar = { ...member, identity: identityOf(node(2)) };
    assertWaits(judge({ gossiped: [liar] }), /none of its members answers/);
  });

  it("N18: is joined as one that was listed when it was; two are not joined", () => {
    const member = listed(node(2), CLUSTER);
    const step = judge({ listed: [member] }, { join: [member.address] });
    assert.deepEqual(step, {
      kind: "join",
      cluster: CLUSTER,
      addresses: [member.address],
      nominated: false,
    });
    const other = gossiped(node(3), OTHER);
    const both = judge({ listed: [member], gossiped: [other] }, { join: [member.address] });
    assertWaits(both, /two clusters are in sight \(c+, d+\); it joins neither/);
    const split = [gossiped(node(2), CLUSTER), { ...other, identity: undefined }];
    assertWaits(judge({ gossiped: split }), /two clusters are in sight/);
    const early = { gossiped: split.slice(0, 1), shownClusters: [CLUSTER, OTHER], lookedMs: 100 };
    assertWaits(judge(early), /two clusters are in sight/);
    assert.equal(judge({ ...early, lookedMs: 3_000 }).kind, "join", "the other one is dead");
  });
});

describe("a list of addresses", () => {
  const join = [node(2).rpcAddress, node(3).rpcAddress];

  it("N17: the lowest address asks, once every listed node is there, and not automatically", () => {
    const self = node(9);
    const others = [listed(node(2)), listed(node(3))];
    assertAsks(judge({ self, listed: others }, { join }), [9, 2, 3], false);
    assertWaits(judge({ listed: others }, { join }), /:8997, the lowest address, must create/);
    const silent = { address: "127.0.0.1:1", identity: undefined };
    assertWaits(
      judge({ self, listed: [...others, silent] }, { join }),
      /no answer from 127.0.0.1:1$/,
    );
  });

  it("without any rule a node waits", () => {
    assertWaits(judge({ gossiped: [gossiped(node(2))] }), /belongs to no cluster: initialize it/);
  });
});
