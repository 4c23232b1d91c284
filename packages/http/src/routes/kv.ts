import type { KeyRecord, KvService } from "@caucus/node";
import type { FastifyInstance } from "fastify";
import {
  encodedValueBytes,
  invalid,
  keyBytes,
  prefixBytes,
  quote,
  type TextOrBase64,
  textOrBase64,
} from "../key-value-input.ts";
import { executed } from "../refusal.ts";
import { type RouteContext, readOptions, type WriteQuery, writeOptions } from "../route-context.ts";
import {
  deleteSchema,
  LIST_LIMIT_DEFAULT,
  LIST_LIMIT_MAX,
  listSchema,
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

interface ListQuery {
  readonly prefix?: string;
  readonly after?: string;
  readonly limit?: string;
  readonly consistency?: Consistency;
  readonly timeout_ms?: string;
}

interface WriteBody {
  readonly key: string;
  readonly value: string;
  readonly encoding?: TextOrBase64["encoding"];
}

/** Seed 2's key routes, the same reads for keys that do not fit a path, and lists. */
export function registerKvRoutes(app: FastifyInstance, context: RouteContext): void {
  registerWrites(app, context);
  registerReads(app, context.service, "/api/read", "local");
  registerReads(app, context.service, "/api/consistent_read", "linearizable");
  registerList(app, context.service);
}

function registerWrites(app: FastifyInstance, { service, config }: RouteContext): void {
  app.post<{ Body: WriteBody; Querystring: WriteQuery }>(
    "/api/write",
    { schema: writeSchema },
    async (request) => {
      const { key, value, encoding = "utf-8" } = request.body;
      const { result, index, term } = await service.write(
        { kind: "put", key: keyBytes(key), value: encodedValueBytes({ value, encoding }) },
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
  return recordBody(key, record);
}

function recordBody(key: string | undefined, record: KeyRecord): object {
  return {
    key,
    ...textOrBase64(record.value),
    create_revision: record.createRevision,
    mod_revision: record.modRevision,
    version: record.version,
  };
}

function registerList(app: FastifyInstance, service: KvService): void {
  app.get<{ Querystring: ListQuery }>("/api/kv", { schema: listSchema }, async ({ query }) => {
    const { prefix = "", after, limit, consistency = "linearizable" } = query;
    const page = await service.list(prefixBytes(prefix, "prefix"), listLimit(limit), {
      ...readOptions(consistency, query.timeout_ms),
      ...(after === undefined ? {} : { after: prefixBytes(after, "after") }),
    });
    return {
      // Whoever writes, over whichever route, the key is UTF-8.
      entries: page.entries.map(({ key, record }) =>
        recordBody(Buffer.from(key).toString("utf8"), record),
      ),
      more: page.more,
    };
  });
}

/** `?limit=` of a list. */
export function listLimit(text: string | undefined): number {
  if (text === undefined) return LIST_LIMIT_DEFAULT;
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (limit >= 1 && limit <= LIST_LIMIT_MAX) return limit;
  throw invalid(`limit is ${quote(text)}; allowed are integers from 1 to ${LIST_LIMIT_MAX}`);
}
