import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EMPTY_CONFIGURATION, type RaftStatus } from "@caucus/raft";
import { type NodeView, nodeReadiness, nodeStatus } from "./node-status.ts";

const SELF = { key: "1".repeat(32), label: 1, rpcAddress: "h:1", apiAddress: "h:2" };

const RAFT: RaftStatus = {
  role: "follower",
  term: 3,
  vote: undefined,
  leader: SELF.key,
  commitIndex: 10,
  appliedIndex: 10,
  appliedTerm: 3,
  lastIndex: 10,
  compactedIndex: 4,
  compactedTerm: 2,
  configuration: { ...EMPTY_CONFIGURATION, voters: [SELF.key], members: [SELF] },
  configurationIndex: 1,
  configurationCommitted: true,
  hasCommittedInTerm: true,
  transferring: false,
  peers: [],
  poisoned: undefined,
};

const READY: NodeView = {
  self: SELF,
  cluster: "c".repeat(32),
  version: "0.0.0",
  storage: "memory",
  state: "running",
  raft: RAFT,
  leader: SELF,
  reader: { get: () => undefined, scan: () => [] },
  waitsFor: "it belongs to no cluster",
  openRequest: undefined,
  otherCluster: undefined,
  poison: undefined,
};

const { configuration } = RAFT;

describe("readiness", () => {
  it("N19: is given when nothing speaks against it", () => {
    assert.deepEqual(nodeReadiness(READY), { ready: true, reasons: [] });
  });

  const cases: readonly (readonly [string, Partial<NodeView>, RegExp])[] = [
    [
      "no cluster",
      { raft: undefined, state: "waiting" },
      /^waiting for a cluster: it belongs to no/,
    ],
    ["no leader", { leader: undefined }, /^no leader is known$/],
    ["lag", { raft: { ...RAFT, commitIndex: 2_000 } }, /^lagging: 1990 committed entries/],
    ["poison", { poison: new Error("disk is gone") }, /^poisoned: disk is gone/],
    ["stopping", { state: "stopping" }, /^stopping$/],
    ["a refusal", { openRequest: "label 1 is in use" }, /^label 1 is in use$/],
    ["two clusters", { otherCluster: "two clusters seen: …" }, /^two clusters seen/],
    [
      "a removed key",
      { raft: { ...RAFT, configuration: { ...EMPTY_CONFIGURATION, removed: [SELF.key] } } },
      /^removed from the cluster/,
    ],
    ["no membership", { raft: { ...RAFT, configuration: EMPTY_CONFIGURATION } }, /^not a member/],
  ];
  for (const [name, change, pattern] of cases) {
    it(`N19: is refused for ${name}, with the reason`, () => {
      const { ready, reasons } = nodeReadiness({ ...READY, ...change });
      assert.equal(ready, false);
      assert.equal(reasons.length, 1);
      assert.match(reasons[0] ?? "", pattern);
    });
  }
});

describe("status", () => {
  it("calls a learner a learner, and a compacted log a snapshot", () => {
    const learning = { ...configuration, voters: [], learners: [SELF.key] };
    const status = nodeStatus({ ...READY, raft: { ...RAFT, configuration: learning } });
    assert.equal(status.role, "learner");
    assert.deepEqual(status.snapshot, { index: 4, term: 2 });
    assert.equal(status.peers[0]?.role, "learner");
    assert.equal(status.peers[0]?.self, true);
  });
});
