import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../src/core/message.ts";
import { CoreCluster, keyOf, memberWith } from "../testing/core-cluster.ts";

const command = (text: string): Uint8Array => new TextEncoder().encode(text);

function commandsOf(cluster: CoreCluster, label: number): string[] {
  return cluster
    .node(label)
    .applied.filter((entry) => entry.kind === "command")
    .map((entry) => new TextDecoder().decode(entry.data));
}

test("a cluster of one elects itself and commits", () => {
  const cluster = new CoreCluster({ voters: 1 });
  assert.equal(cluster.elect(), 1);
  assert.equal(cluster.raft(1).propose(command("a")).kind, "appended");
  cluster.settle();
  assert.deepEqual(commandsOf(cluster, 1), ["a"]);
});

test("three nodes elect one leader and apply the same commands", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  for (const text of ["a", "b", "c"]) cluster.raft(leader).propose(command(text));
  cluster.settle();
  cluster.run(200);
  for (const label of [1, 2, 3]) assert.deepEqual(commandsOf(cluster, label), ["a", "b", "c"]);
});

test("a node asks for votes at once when it is told to, unless it knows a leader", () => {
  const cluster = new CoreCluster({ voters: 3 });
  // Only the creator has the first entry: the others have nothing to campaign with.
  for (const label of [1, 2, 3]) cluster.raft(label).campaignSoon();
  // Far below the shortest election timeout.
  cluster.run(50);
  const { role, term } = cluster.raft(1).view();
  assert.equal(role, "leader");
  for (const label of [1, 2, 3]) cluster.raft(label).campaignSoon();
  cluster.run(50);
  assert.deepEqual([cluster.raft(1).view().role, cluster.raft(1).view().term], ["leader", term]);
});

test("R3: a node votes once in a term (Raft §5.2)", () => {
  const cluster = new CoreCluster({ voters: 3 });
  cluster.elect();
  const voter = cluster.node(2);
  const term = voter.raft.view().term + 5;
  const ask = (from: number): Message => ({
    kind: "vote",
    from: keyOf(from),
    to: keyOf(2),
    term,
    lastIndex: 100,
    lastTerm: term,
    transfer: true,
  });
  voter.raft.step(ask(1));
  voter.raft.step(ask(3));
  cluster.work(voter);
  const replies = cluster.inFlight.filter((message) => message.kind === "vote-reply");
  assert.deepEqual(
    replies.map((reply) => [reply.to, reply.granted]),
    [
      [keyOf(1), true],
      [keyOf(3), false],
    ],
  );
});

test("R1: a vote leaves only after it is durable", () => {
  const cluster = new CoreCluster({ voters: 3 });
  cluster.elect();
  const voter = cluster.node(2);
  voter.holdDisk = true;
  const term = voter.raft.view().term + 1;
  voter.raft.step({
    kind: "vote",
    from: keyOf(1),
    to: keyOf(2),
    term,
    lastIndex: 100,
    lastTerm: term,
    transfer: true,
  });
  cluster.inFlight = [];
  cluster.work(voter);
  assert.equal(cluster.inFlight.length, 0);
  cluster.flush(voter);
  assert.equal(cluster.inFlight[0]?.kind, "vote-reply");
});

test("R2: an append is acknowledged only after it is durable", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  for (const label of [1, 2, 3]) if (label !== leader) cluster.node(label).holdDisk = true;
  const before = cluster.raft(leader).view().commitIndex;
  cluster.raft(leader).propose(command("a"));
  cluster.settle();
  assert.equal(cluster.raft(leader).view().commitIndex, before);
  for (const label of [1, 2, 3]) if (label !== leader) cluster.flush(cluster.node(label));
  cluster.settle();
  assert.equal(cluster.raft(leader).view().commitIndex, before + 1);
});

test("R5: a candidate with a shorter log gets no vote (Raft §5.4.1)", () => {
  const cluster = new CoreCluster({ voters: 3 });
  cluster.elect();
  const voter = cluster.node(2);
  const { term, lastIndex, lastTerm } = voter.raft.view();
  voter.raft.step({
    kind: "vote",
    from: keyOf(1),
    to: keyOf(2),
    term: term + 1,
    lastIndex: lastIndex - 1,
    lastTerm,
    transfer: true,
  });
  cluster.inFlight = [];
  cluster.work(voter);
  const reply = cluster.inFlight[0];
  assert.ok(reply?.kind === "vote-reply" && !reply.granted);
});

test("R11: a partitioned node that returns does not depose a healthy leader", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  const { term } = cluster.raft(leader).view();
  const other = leader === 3 ? 2 : 3;
  cluster.isolate([other]);
  cluster.run(10_000);
  cluster.heal();
  cluster.run(5000);
  assert.equal(cluster.leaderLabel(), leader);
  assert.equal(cluster.raft(leader).view().term, term);
});

test("R12: a leader without a quorum steps down and the rest elect another", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  cluster.isolate([leader]);
  cluster.run(cluster.config.electionTimeoutMs * 4);
  assert.notEqual(cluster.raft(leader).view().role, "leader");
  assert.notEqual(cluster.leaderLabel(), leader);
  assert.notEqual(cluster.leaderLabel(), undefined);
});

test("a long wrong tail is repaired in few round trips", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const old = cluster.elect();
  cluster.isolate([old]);
  for (let i = 0; i < 500; i++) cluster.raft(old).propose(command(`lost ${i}`));
  cluster.settle();
  cluster.run(cluster.config.electionTimeoutMs * 4);
  const leader = cluster.leaderLabel() as number;
  for (let i = 0; i < 20; i++) cluster.raft(leader).propose(command(`kept ${i}`));
  cluster.settle();
  let rejections = 0;
  cluster.isLost = (message) => {
    if (message.kind === "append-reply" && message.rejected) rejections++;
    return false;
  };
  cluster.run(500);
  assert.deepEqual(commandsOf(cluster, old), commandsOf(cluster, leader));
  assert.ok(rejections <= 3, `${rejections} rejections`);
});

test("R8: any voter set changes to any other in one joint change, the leader's own removal too", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  for (const label of [4, 5, 6]) cluster.add(label);
  const change = {
    voters: [4, 5, 6].map(keyOf),
    learners: [],
    members: [4, 5, 6].map(memberWith),
  };
  assert.equal(cluster.raft(leader).changeMembership(change).kind, "appended");
  const second = cluster.raft(leader).changeMembership(change);
  assert.equal(second.kind, "change-in-progress");
  cluster.run(3000);
  const next = cluster.leaderLabel() as number;
  assert.ok([4, 5, 6].includes(next), `leader is ${next}`);
  const { configuration } = cluster.raft(next).view().configuration;
  assert.deepEqual(configuration.voters, [4, 5, 6].map(keyOf));
  assert.deepEqual(configuration.outgoing, []);
  assert.deepEqual([...configuration.removed].sort(), [1, 2, 3].map(keyOf));
  assert.equal(cluster.raft(next).propose(command("after")).kind, "appended");
});

test("a removed key is never added again", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  const gone = leader === 3 ? 2 : 3;
  const left = [1, 2, 3].filter((label) => label !== gone);
  const keep = { voters: left.map(keyOf), learners: [], members: left.map(memberWith) };
  assert.equal(cluster.raft(leader).changeMembership(keep).kind, "appended");
  cluster.run(1000);
  const back = cluster.raft(leader).changeMembership({
    voters: [1, 2, 3].map(keyOf),
    learners: [],
    members: [1, 2, 3].map(memberWith),
  });
  assert.ok(back.kind === "invalid" && back.message.includes("removed once"), back.kind);
});

test("a change that judged another configuration is refused", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  const outcome = cluster.raft(leader).changeMembership({
    voters: [1, 2, 3].map(keyOf),
    learners: [],
    members: [1, 2, 3].map(memberWith),
    expectedConfigurationIndex: 99,
  });
  assert.equal(outcome.kind, "configuration-moved");
});

test("leadership moves to the named voter without an election timeout (thesis §3.10)", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  const target = leader === 2 ? 3 : 2;
  assert.equal(cluster.raft(leader).transferLeadership(keyOf(target)).kind, "started");
  assert.equal(cluster.raft(leader).propose(command("no")).kind, "transferring");
  cluster.settle();
  assert.equal(cluster.leaderLabel(), target);
});

test("R13: a read is confirmed only by a quorum that answers after it came", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  cluster.isolate([leader]);
  cluster.raft(leader).readIndex(1);
  cluster.settle();
  assert.deepEqual(cluster.node(leader).reads, []);
  cluster.heal();
  cluster.run(300);
  assert.equal(cluster.node(leader).reads[0]?.number, 1);
});

test("a follower's read is confirmed by the leader, also when the first request is lost", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  const follower = leader === 1 ? 2 : 1;
  let lost = 0;
  cluster.isLost = (message) => message.kind === "read-index" && lost++ === 0;
  cluster.raft(follower).readIndex(7);
  cluster.run(1000);
  assert.equal(lost > 1, true);
  assert.equal(cluster.node(follower).reads[0]?.number, 7);
});

test("R14: an answer to a question of an earlier start is ignored", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  const follower = cluster.node(leader === 1 ? 2 : 1);
  cluster.isLost = (message) => message.kind === "read-index";
  follower.raft.readIndex(1);
  cluster.settle();
  const { term } = follower.raft.view();
  const answer = (startCounter: number): Message => ({
    kind: "read-index-reply",
    from: keyOf(leader),
    to: keyOf(leader === 1 ? 2 : 1),
    term,
    context: { key: keyOf(leader === 1 ? 2 : 1), startCounter, number: 1 },
    index: 1,
  });
  follower.raft.step(answer(0));
  cluster.work(follower);
  assert.deepEqual(follower.reads, []);
  follower.raft.step(answer(1));
  cluster.work(follower);
  assert.deepEqual(follower.reads, [{ number: 1, index: 1 }]);
});

test("a leader beyond its uncommitted bytes answers overloaded", () => {
  const cluster = new CoreCluster({ voters: 3, config: { uncommittedBytesMax: 100 } });
  const leader = cluster.elect();
  cluster.isolate([leader]);
  assert.equal(cluster.raft(leader).propose(new Uint8Array(90)).kind, "appended");
  assert.equal(cluster.raft(leader).propose(new Uint8Array(90)).kind, "overloaded");
});

test("R17: a learner catches up, is not counted and does not campaign", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  cluster.add(4);
  const wish = {
    voters: [1, 2, 3].map(keyOf),
    learners: [keyOf(4)],
    members: [1, 2, 3, 4].map(memberWith),
  };
  assert.equal(cluster.raft(leader).changeMembership(wish).kind, "appended");
  cluster.run(500);
  cluster.raft(leader).propose(command("a"));
  cluster.run(200);
  assert.deepEqual(commandsOf(cluster, 4), ["a"]);
  // The leader and the learner are not a quorum of three voters.
  const cut = [1, 2, 3].filter((label) => label !== leader);
  cluster.isolate(cut);
  const { commitIndex } = cluster.raft(leader).view();
  cluster.raft(leader).propose(command("b"));
  cluster.run(300);
  assert.equal(cluster.raft(leader).view().commitIndex, commitIndex);
  const { term } = cluster.raft(4).view();
  cluster.run(5000);
  assert.equal(cluster.raft(4).view().role, "follower");
  assert.ok(cluster.raft(4).view().term >= term);
});

test("R16: a second leader of one term stops the node that sees it", () => {
  const cluster = new CoreCluster({ voters: 3 });
  const leader = cluster.elect();
  const { term } = cluster.raft(leader).view();
  assert.throws(() =>
    cluster.raft(leader).step({
      kind: "heartbeat",
      from: keyOf(leader === 1 ? 2 : 1),
      to: keyOf(leader),
      term,
      commit: 0,
      readRound: 0,
    }),
  );
});
