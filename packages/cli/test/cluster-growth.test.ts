// A cluster of real nodes that grows and shrinks by hand: `caucus cluster add|promote|transfer|remove`.
import assert from "node:assert/strict";
import { it } from "node:test";
import { EXIT_CODES } from "../src/command/exit-codes.ts";
import { readLocal, withCluster, write } from "../testing/index.ts";
import { type Ran, runCommand } from "./run-command.ts";

it("S2-16, S3-75: one node becomes two, the other leads, and the first leaves for good", async () => {
  await withCluster({ size: 1 }, async (cluster) => {
    const [first, second] = [cluster.node(1), await cluster.add({ label: 2, flags: [] })];
    await write(first, "before", "it was added");
    await second.start();
    const endpoint = `${first.apiAddress},${second.apiAddress}`;
    const run = async (...argv: readonly string[]): Promise<Ran> =>
      await runCommand(["cluster", ...argv, "--endpoint", endpoint]);
    const out = async (...argv: readonly string[]): Promise<string> => {
      const ran = await run(...argv);
      assert.equal(ran.code, 0, ran.err);
      return ran.out;
    };

    const added = await out("add", "2", second.rpcAddress);
    assert.equal(added, "node 2 is a learner and up to date; voters: 1; learners: 2\n");
    assert.equal((await readLocal(second, "before")).value, "it was added");
    assert.match(await out("explain"), /^Not voters:\n {2}node 2 .*learner/m);
    const promoted = await out("promote", "2");
    assert.equal(promoted, "node 2 is a voter; voters: 1, 2; learners: none\n");
    const again = await run("promote", "2");
    assert.equal(again.code, EXIT_CODES.refused.code, again.err);

    assert.equal(await out("transfer", "2"), "leader: node 2\n");
    const removed = await out("remove", "1");
    assert.equal(removed, "node 1 is removed; voters: 2; learners: none\n");
    const { code } = await first.ended();
    assert.equal(code, EXIT_CODES.refused.code, first.output);
    // The client goes on to the node that is left.
    const put = await runCommand(["kv", "put", "after", "it left", "--endpoint", endpoint]);
    assert.equal(put.code, 0, put.err);
    assert.equal((await readLocal(second, "after")).value, "it left");
    const back = await run("add", "1", first.rpcAddress);
    assert.equal(back.code, EXIT_CODES.refused.code, back.err);
    assert.match(back.err, /node 1 was not added: /);
  });
});
