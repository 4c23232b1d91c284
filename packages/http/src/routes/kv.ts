import type { KvService } from "@caucus/node";
import type { FastifyInstance } from "fastify";
import { invalid, keyBytes, textOrBase64, valueBytes } from "../key-value-input.ts";
import { executed } from "../refusal.ts";
import { type RouteContext, readOptions, type WriteQuery, writeOptions } from "../route-context.ts";
import {
  deleteSchema,
  readBodySchema,
  readPathSchema,
  readQuerySchema,
  writeSchema,
} from "../schemas/kv.ts";

type Consistency = "local" | "linearizable";

interface ReadQuery {
  readonly key?: string;
  readonly timeout_ms?: string;
}

/** Seed 2's key routes, and the same reads for keys that do not fit a path. */
export function registerKvRoutes(app: FastifyInstance, context: RouteContext): void {
  registerWrites(app, context);
  registerReads(app, context.service, "/api/read", "local");
  registerReads(app, context.service, "/api/consistent_read", "linearizable");
}

function registerWrites(app: FastifyInstance, { service, config }: RouteContext): void {
  app.post<{ Body: { key: string; value: string }; Querystring: WriteQuery }>(
    "/api/write",
    { schema: writeSchema },
    async (request) => {
      const { key, value } = request.body;
      const { result, index, term } = await service.write(
        { kind: "put", key: keyBytes(key), value: valueBytes(value) },
        writeOptions(request.query, config),
      );
      return { success: true, revision: executed(result).revision, index, term };
    },
  );
  app.post<{ Body: { key: string }; Querystring: WriteQuery }>(
    "/api/delete",
    { schema: deleteSchema },
    async (request) => {
      const { result, index, term } = await service.write(
        { kind: "delete", key: keyBytes(request.body.key) },
        writeOptions(request.query, config),
      );
      const { revision } = executed(result);
      const deleted = result.kind === "done" ? result.count : 0;
      return { success: true, revision, index, term, deleted };
    },
  );
}

function registerReads(
  app: FastifyInstance,
  service: KvService,
  path: string,
  consistency: Consistency,
): void {
  const read = (key: string | undefined, query: ReadQuery): Promise<object> =>
    readKey(service, key, consistency, query.timeout_ms);

  app.get<{ Params: { "*": string }; Querystring: ReadQuery }>(
    `${path}/*`,
    { schema: readPathSchema(consistency) },
    (request) => read(keyOf(request.params["*"], request.query.key), request.query),
  );
  app.get<{ Querystring: ReadQuery }>(path, { schema: readQuerySchema(consistency) }, (request) =>
    read(request.query.key, request.query),
  );
  app.post<{ Body: { key: string }; Querystring: ReadQuery }>(
    path,
    { schema: readBodySchema(consistency) },
    (request) => read(request.body.key, request.query),
  );
}

function keyOf(path: string, query: string | undefined): string {
  if (query === undefined) return path;
  if (path !== "") throw invalid("the key stands in the path and in ?key=; give it once");
  return query;
}

async function readKey(
  service: KvService,
  key: string | undefined,
  consistency: Consistency,
  timeoutMs: string | undefined,
): Promise<object> {
  const record = await service.get(keyBytes(key), readOptions(consistency, timeoutMs));
  if (record === undefined) {
    const none = { create_revision: 0, mod_revision: 0, version: 0 };
    return { key, value: null, encoding: "utf-8", ...none };
  }
  return {
    key,
    ...textOrBase64(record.value),
    create_revision: record.createRevision,
    mod_revision: record.modRevision,
    version: record.version,
  };
}
