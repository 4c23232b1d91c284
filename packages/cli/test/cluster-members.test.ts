// `caucus cluster add|promote|remove|transfer|explain` against the HTTP of a node that is not there.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHttpServer, type HttpServer } from "@caucus/http";
import { createFakeKvService, type FakeKvService } from "@caucus/http/testing";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { type Ran, runCommand } from "./run-command.ts";

let service: FakeKvService;
let server: HttpServer;
let endpoint: string;

before(async () => {
  service = createFakeKvService();
  server = await createHttpServer({ service });
  const { host, port } = await server.listen("127.0.0.1", 0);
  endpoint = `${host}:${port}`;
});
after(() => server.close());

async function cluster(...argv: readonly string[]): Promise<Ran> {
  return await runCommand(["cluster", ...argv, "--endpoint", endpoint]);
}

describe("caucus cluster and members", { concurrency: false }, () => {
  it("adds a learner, makes it a voter, hands leadership over, and removes it", async () => {
    service.reset();
    assert.deepEqual(await said("add", "2", "127.0.0.1:21002"), [
      0,
      "node 2 is a learner and up to date; voters: 1; learners: 2\n",
    ]);
    const added = JSON.parse((await cluster("add", "3", "127.0.0.1:3", "--no-wait", "--json")).out);
    assert.deepEqual([added.voters, added.learners], [[1], [2, 3]]);
    assert.deepEqual(await said("promote", "2"), [
      0,
      "node 2 is a voter; voters: 1, 2; learners: 3\n",
    ]);
    assert.deepEqual(await said("add", "2", "127.0.0.1:21002"), [
      0,
      "node 2 is a voter and up to date; voters: 1, 2; learners: 3\n",
    ]);
    assert.deepEqual(await said("transfer", "2"), [0, "leader: node 1\n"]);
    const leader = JSON.parse((await cluster("transfer", "--json")).out);
    assert.deepEqual(leader, { leader: 1, term: 1 });
    assert.deepEqual(await said("remove", "2"), [0, "node 2 is removed; voters: 1; learners: 3\n"]);
  });

  it("shows the policy and what came of it, and changes it", async () => {
    service.reset();
    service.setMembership({
      policy: { automatic: true, paused: [3] },
      decisions: [{ timeMs: 0, decision: "node 2 becomes a learner", reason: "gossip" }],
    });
    assert.deepEqual(await said("policy"), [
      0,
      "automatic membership: on\nleft alone: 3\nlast decisions of the leader:\n" +
        "  1970-01-01T00:00:00.000Z  node 2 becomes a learner: gossip\n",
    ]);
    service.reset();
    const off = JSON.parse((await cluster("policy", "--automatic", "off", "--json")).out);
    assert.deepEqual(off, { policy: { automatic: false, paused: [] }, decisions: [] });
    const on = await said("policy", "--automatic", "on", "--readmit", "3");
    assert.match(on[1], /^automatic membership: on\nleft alone: nobody\n.*\n {2}none\n$/);
    assert.equal((await cluster("policy", "--readmit", "x")).code, EXIT_CODES.usage.code);
  });

  it("explains in words, and as JSON", async () => {
    service.reset();
    const { code, out } = await cluster("explain");
    assert.equal(code, 0);
    assert.match(
      out,
      /^Leader:\n {2}node 1 leads in term 1\nNot voters:\n {2}none\nIf the node that answers/,
    );
    assert.match(out, / {2}nobody else votes\n$/);
    const json = JSON.parse((await cluster("explain", "--json")).out);
    assert.deepEqual(Object.keys(json), ["leader", "voters", "departure"]);
  });
});

describe("caucus cluster and members that can't", { concurrency: false }, () => {
  it("names what can't be, with an exit code that tells who refuses", async () => {
    service.reset();
    for (const [argv, exit, says] of [
      [["add", "x"], "usage", /ID "x" is not allowed; allowed: a whole number from 1/],
      [["add"], "usage", /ID is missing: The number of --id of the node/],
      [["add", "2", "here"], "usage", /rpc_addr is "here"; allowed is host:port/],
      [["promote", "9"], "refused", /node 9 is no member/],
      [["promote", "1"], "refused", /node 1 is a voter already/],
      [["remove", "9"], "usage", /label 9 is unknown/],
    ] as const) {
      const { code, err } = await cluster(...argv);
      assert.match(err, says, argv.join(" "));
      assert.equal(code, EXIT_CODES[exit].code, err);
    }
    service.failWith("timeout", "no majority has answered", { outcome: "unknown" });
    const lost = await cluster("remove", "1");
    assert.equal(lost.code, EXIT_CODES.unknownOutcome.code);
    assert.match(lost.err, /it may have taken effect all the same/);
    service.reset();
  });

  it("says that a learner has not caught up in time", async () => {
    service.reset();
    service.setStatus({ commitIndex: 1_000 });
    const { code, err } = await cluster("add", "2", "127.0.0.1:2", "--timeout-ms", "300");
    assert.equal(code, EXIT_CODES.unavailable.code);
    assert.match(err, /node 2 is a learner and has not caught up in time/);
    service.reset();
  });
});

async function said(...argv: readonly string[]): Promise<readonly [number, string]> {
  const { code, err, out } = await cluster(...argv);
  return [code, out + err];
}
