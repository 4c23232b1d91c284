import assert from "node:assert/strict";
import { test } from "node:test";
import { type Api, createApi, type Reply } from "./api.ts";

/** Of the dialect, beside the root. */
export const PREFIX: string = "/dialects/raft-cluster";
const shared: Api = await createApi();

/** Each promise is kept at the root and under the dialect's own prefix. */
export function seedTest(name: string, body: (api: Api, prefix: string) => Promise<void>): void {
  for (const prefix of ["", PREFIX]) {
    test(`${name} [${prefix === "" ? "root" : prefix}]`, async () => {
      shared.service.reset();
      await body(shared, prefix);
    });
  }
}

/** H13: a failure has one field. */
export function errorOf(reply: Reply, status: number): string {
  assert.equal(reply.status, status, reply.text);
  assert.deepEqual(Object.keys(reply.json()), ["error"], reply.text);
  assert.match(reply.type, /^application\/json/);
  return String(reply.json()["error"]);
}

/** The body of a success. */
export function ok(reply: Reply): Record<string, unknown> {
  assert.equal(reply.status, 200, reply.text);
  return reply.json();
}
