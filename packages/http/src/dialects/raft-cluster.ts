// Seed 3, the key-value API of a Raft cluster: reads are local, writes are the leader's. At the root
// a follower forwards them; under the dialect's own prefix it refuses and names the leader.

import { assert } from "@caucus/base";
import { LIST_BYTES_MAX } from "@caucus/node";
import type { FastifyInstance } from "fastify";
import {
  invalid,
  keyBytes,
  prefixBytes,
  type TextOrBase64,
  textOrBase64,
  valueBytes,
} from "../key-value-input.ts";
import { executed } from "../refusal.ts";
import { type RouteContext, type WriteQuery, writeOptions } from "../route-context.ts";
import { listLimit } from "../routes/kv.ts";
import { LIST_LIMIT_MAX } from "../schemas/kv.ts";
import {
  batchWriteSchema,
  getSchema,
  getSetSchema,
  prefixSchema,
  removeSchema,
  setSchema,
  transactionSchema,
} from "../schemas/raft-cluster.ts";
import { refuseBadEncoding } from "./gossip-kv.ts";
import { registerRaftClusterAdmin } from "./raft-cluster-admin.ts";
import { answerWithSeedErrors } from "./raft-cluster-error.ts";
import {
  type OperationBody,
  type TransactionBody,
  toOperations,
  toTransaction,
} from "./raft-cluster-input.ts";

interface PrefixQuery {
  readonly prefix: string;
  readonly limit?: string;
  readonly after?: string;
}

const LOCAL = { consistency: "local" } as const;

/** `prefix` is empty at the root, where `/health`, `/metrics` and `/members` serve all dialects. */
export function registerRaftCluster(
  app: FastifyInstance,
  everywhere: RouteContext,
  prefix: string,
): void {
  const { config, service } = everywhere;
  answerWithSeedErrors(app, service, config);
  const forwardWrites = prefix === "" && config.forwardWrites;
  const context: RouteContext = { ...everywhere, config: { ...config, forwardWrites } };
  registerReads(app, context, prefix);
  registerWrites(app, context, prefix);
  registerAtomicWrites(app, context, prefix);
  registerRaftClusterAdmin(app, context, prefix);
}

function registerReads(app: FastifyInstance, { service }: RouteContext, prefix: string): void {
  app.get<{ Querystring: { key: string } }>(
    `${prefix}/get`,
    { schema: getSchema, preValidation: refuseBadEncoding },
    async ({ query: { key } }) => {
      const record = await service.get(keyBytes(key), LOCAL);
      return { key, ...(record === undefined ? { value: null } : seedValue(record.value)) };
    },
  );
  app.get<{ Querystring: PrefixQuery }>(
    `${prefix}/prefix`,
    { schema: prefixSchema, preValidation: refuseBadEncoding },
    async ({ query }) => {
      const { after, limit } = query;
      const { entries, more } = await service.list(
        prefixBytes(query.prefix, "prefix"),
        limit === undefined ? LIST_LIMIT_MAX : listLimit(limit),
        { ...LOCAL, ...(after === undefined ? {} : { after: prefixBytes(after, "after") }) },
      );
      if (more && limit === undefined) throw tooMany(entries.length);
      const items = entries.map(({ key, record }) => ({
        key: Buffer.from(key).toString("utf8"),
        ...seedValue(record.value),
      }));
      const part = limit === undefined ? {} : { more };
      return { success: true, prefix: query.prefix, count: items.length, items, ...part };
    },
  );
}

function tooMany(found: number): Error {
  return invalid(
    `more than ${found} keys start with this prefix, and an answer holds at most ` +
      `${LIST_LIMIT_MAX} keys and ${LIST_BYTES_MAX} bytes; read them in parts with limit= and after=`,
  );
}

function registerWrites(
  app: FastifyInstance,
  { service, config }: RouteContext,
  prefix: string,
): void {
  app.post<{ Body: { key: string; value: string }; Querystring: WriteQuery }>(
    `${prefix}/set`,
    { schema: setSchema },
    async ({ body: { key, value }, query }) => {
      const command = { kind: "put", key: keyBytes(key), value: valueBytes(value) } as const;
      executed((await service.write(command, writeOptions(query, config))).result);
      return { success: true, message: `Key '${key}' set successfully` };
    },
  );
  app.post<{ Body: { key: string }; Querystring: WriteQuery }>(
    `${prefix}/delete`,
    { schema: removeSchema },
    async ({ body: { key }, query }) => {
      const command = { kind: "delete", key: keyBytes(key) } as const;
      executed((await service.write(command, writeOptions(query, config))).result);
      return { success: true, message: `Key '${key}' deleted successfully` };
    },
  );
  app.post<{ Body: { key: string; value: string }; Querystring: WriteQuery }>(
    `${prefix}/getset`,
    { schema: getSetSchema },
    async ({ body: { key, value }, query }) => {
      const command = {
        kind: "get-and-set",
        key: keyBytes(key),
        value: valueBytes(value),
      } as const;
      const result = executed((await service.write(command, writeOptions(query, config))).result);
      const previous = result.kind === "done" ? result.previous : undefined;
      const old = previous === undefined ? undefined : textOrBase64(previous.value);
      return {
        success: true,
        key,
        old_value: old?.value ?? null,
        ...(old?.encoding === "base64" ? { old_value_encoding: "base64" } : {}),
        new_value: value,
      };
    },
  );
}

function registerAtomicWrites(
  app: FastifyInstance,
  { service, config }: RouteContext,
  prefix: string,
): void {
  app.post<{ Body: { operations: readonly OperationBody[] }; Querystring: WriteQuery }>(
    `${prefix}/batch_write`,
    { schema: batchWriteSchema },
    async ({ body, query }) => {
      const operations = toOperations(body.operations, "operations");
      if (operations.length === 0) return { success: true, message: "No operations to perform" };
      const command = { kind: "batch", operations } as const;
      executed((await service.write(command, writeOptions(query, config))).result);
      const message = `Batch write successful: ${operations.length} operations applied`;
      return { success: true, message };
    },
  );
  app.post<{ Body: TransactionBody; Querystring: WriteQuery }>(
    `${prefix}/txn`,
    { schema: transactionSchema },
    async ({ body, query }) => {
      const { result } = await service.write(toTransaction(body), writeOptions(query, config));
      const answer = executed(result);
      assert(answer.kind === "transaction", "a transaction is answered as one");
      const previous = answer.previous.map((record) => record && textOrBase64(record.value));
      return {
        success: true,
        branch: answer.succeeded,
        prev_values: previous.map((found) => found?.value ?? null),
        ...encodingsOf(previous),
      };
    },
  );
}

/** Seed 3 has no place for bytes that are not text: a field more says so, where there are any. */
function seedValue(bytes: Uint8Array): { readonly value: string; readonly encoding?: "base64" } {
  const { value, encoding } = textOrBase64(bytes);
  return encoding === "base64" ? { value, encoding } : { value };
}

function encodingsOf(values: readonly (TextOrBase64 | undefined)[]): object {
  if (!values.some((found) => found?.encoding === "base64")) return {};
  const encodings = values.map((found) => (found?.encoding === "base64" ? "base64" : null));
  return { prev_values_encodings: encodings };
}
