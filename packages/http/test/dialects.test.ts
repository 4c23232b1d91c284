// H14: each dialect can be switched off, and takes nothing with it that is not its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DIALECTS, type DialectName } from "../src/index.ts";
import type { Api } from "./api.ts";
import { withGossip } from "./gossip-api.ts";
import { documentOf, type Operation, operationsOf } from "./openapi-document.ts";

/** A node with everything: Raft, gossip, and these dialects. */
async function withDialects(
  dialects: readonly DialectName[],
  body: (api: Api) => Promise<void>,
): Promise<void> {
  await withGossip(["n1"], async (api) => body(api as Api), { agents: false, http: { dialects } });
}

const nameOf = ({ method, path }: Operation): string => `${method} ${path}`;

/** 404 is also what a missing route answers; this asks with nothing that could be found missing. */
async function isServed(api: Api, { method, path }: Operation): Promise<boolean> {
  const reply = await api.send(method, path.replace("{key}", "a"));
  if (reply.status !== 404 && reply.status !== 405) return true;
  assert.match(reply.text, /there is no|does not take/);
  return false;
}

let operations: readonly Operation[] = [];
await withDialects(DIALECTS, async (api) => {
  operations = operationsOf(await documentOf(api));
});

for (const dialect of DIALECTS) {
  test(`H14: without ${dialect} its routes are gone at both places, and nothing else is`, async () => {
    const tag = `dialect ${dialect}`;
    const own = operations.filter(({ tags }) => tags?.includes(tag));
    const others = operations.filter((operation) => !own.includes(operation));
    const prefix = `/dialects/${dialect}`;
    assert.ok(own.some(({ path }) => path.startsWith(prefix)));
    assert.ok(own.some(({ path }) => !path.startsWith("/dialects/")));

    await withDialects(
      DIALECTS.filter((name) => name !== dialect),
      async (api) => {
        const left = operationsOf(await documentOf(api));
        assert.deepEqual(new Set(left.map(nameOf)), new Set(others.map(nameOf)));
        for (const operation of own) {
          assert.equal(await isServed(api, operation), false, nameOf(operation));
        }
        for (const operation of others) {
          assert.equal(await isServed(api, operation), true, nameOf(operation));
        }
      },
    );
  });
}

for (const off of [...DIALECTS, "none"] as const) {
  test(`H14: what several seeds have at the root stays whole, switched off: ${off}`, async () => {
    await withDialects(
      DIALECTS.filter((name) => name !== off),
      async (api) => {
        const state = (await api.get("/")).json();
        for (const field of ["cluster_id", "cluster_state", "live_nodes", "dead_nodes"]) {
          assert.ok(field in state, field);
        }
        const { members, success } = (await api.get("/members")).json();
        assert.equal(success, true);
        const first = (members as Record<string, object>)["1"] ?? {};
        for (const field of ["node_id", "endpoint", "service", "live"]) {
          assert.ok(field in first, field);
        }
        const metrics = (await api.get("/metrics")).json();
        for (const field of ["node_id", "membership", "id", "membership_config", "Ok"]) {
          assert.ok(field in metrics, field);
        }
      },
    );
  });
}

test("H14: without both dialects of gossip, / is about the Raft cluster alone", async () => {
  await withDialects(["raft-cluster", "raft-key-value"], async (api) => {
    const summary = (await api.get("/")).json();
    assert.ok(!("cluster_state" in summary));
    assert.equal(summary["leader"], 1);
  });
});

test("H14: without any dialect the canonical API is whole", async () => {
  await withDialects([], async (api) => {
    const canonical = operations.filter(({ tags = [] }) => !tags[0]?.startsWith("dialect"));
    const left = operationsOf(await documentOf(api));
    assert.deepEqual(new Set(left.map(nameOf)), new Set(canonical.map(nameOf)));
  });
});
