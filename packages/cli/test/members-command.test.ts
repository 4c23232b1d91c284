import assert from "node:assert/strict";
import { it } from "node:test";
import { createHttpServer } from "@caucus/http";
import { createFakeKvService } from "@caucus/http/testing";
import { startCaucus } from "../testing/caucus-process.ts";
import { freePorts } from "../testing/free-ports.ts";
import { runCommand } from "./run-command.ts";

it("caucus members shows the members by consensus, as a table and as JSON", async () => {
  const server = await createHttpServer({ service: createFakeKvService() });
  try {
    const { host, port } = await server.listen("127.0.0.1", 0);
    const argv = ["members", "--endpoint", `${host}:${port}`];
    const { code, out } = await runCommand(argv);
    assert.equal(code, 0);
    assert.match(out, /^ID +API +ROLE +STATE +SERVICE +SHARD +GOSSIP +VERSION\n/);
    assert.match(out, /^1 +127\.0\.0\.1:21001 +voter \(leader\) +unknown +- +- +- +-$/m);
    const { members } = JSON.parse((await runCommand([...argv, "--json"])).out);
    assert.deepEqual([members.length, members[0].id, members[0].role], [1, "1", "voter"]);
  } finally {
    await server.close();
  }
});

it("caucus members shows a node that gossips only, with its service", async () => {
  const [port] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  await using node = startCaucus([
    "node",
    "--listen",
    address,
    "--service",
    "storage",
    "--shard",
    "7",
  ]);
  await node.saw(/listening on/);
  const { code, out } = await runCommand(["members", "--endpoint", address]);
  assert.equal(code, 0);
  assert.match(
    out,
    new RegExp(`^server:\\S+ +${address} +- +live +storage +7 +${address} +\\d`, "m"),
  );
});
