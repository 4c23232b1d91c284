// Seed 0, the gossip key-value store: each node writes keys of its own, gossip carries them to all.
// Everything is a GET, also what writes; a HEAD never writes, so these routes have none.

import type { GossipService } from "@caucus/node";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { gossipStateText } from "../gossip-state.ts";
import { invalid, quote } from "../key-value-input.ts";
import { dialectPrefix } from "../options.ts";
import { deleteKeySchema, gossipStateSchema, setKeySchema } from "../schemas/gossip-kv.ts";

const PREFIX: string = dialectPrefix("gossip-kv");

/** With a slash at the end too, which is how the test program of the Rust library has them. */
const SET_PATHS = ["/set_kv", "/set_kv/"] as const;
const DELETE_PATHS = ["/mark_for_deletion", "/mark_for_deletion/"] as const;

const PATHS: ReadonlySet<string> = new Set([
  ...["/", ...SET_PATHS, ...DELETE_PATHS].flatMap((path) => [path, PREFIX + path]),
  PREFIX,
]);

/** Whether seed 0 has the path; its text promises the words "Invalid request" for a wrong method. */
export function isGossipKvPath(path: string): boolean {
  return PATHS.has(path);
}

/** `prefix` is empty at the root, where `/` is part of the canonical API. */
export function registerGossipKv(
  app: FastifyInstance,
  gossip: GossipService,
  prefix: string,
): void {
  if (prefix !== "") {
    for (const path of [prefix, `${prefix}/`]) {
      app.get(path, { schema: gossipStateSchema }, async (_request, reply) =>
        reply.type("application/json; charset=utf-8").send(gossipStateText(gossip)),
      );
    }
  }
  for (const path of SET_PATHS) {
    app.get<{ Querystring: { key: string; value: string } }>(
      prefix + path,
      {
        schema: { ...setKeySchema, hide: path.endsWith("/") },
        exposeHeadRoute: false,
        preValidation: refuseBadEncoding,
      },
      async (request) => {
        gossip.set(checkKey(request.query.key), request.query.value);
        return { status: true };
      },
    );
  }
  for (const path of DELETE_PATHS) {
    app.get<{ Querystring: { key: string } }>(
      prefix + path,
      {
        schema: { ...deleteKeySchema, hide: path.endsWith("/") },
        exposeHeadRoute: false,
        preValidation: refuseBadEncoding,
      },
      async (request) => {
        gossip.delete(checkKey(request.query.key));
        return { status: true };
      },
    );
  }
}

/** The parser would leave what is not percent-encoded UTF-8 as it is, or replace it. */
export async function refuseBadEncoding(request: FastifyRequest): Promise<void> {
  const query = (request.raw.url ?? "").split("?").slice(1).join("?");
  for (const part of query.split("&")) {
    try {
      decodeURIComponent(part);
    } catch {
      throw invalid(`query ${quote(part)} is not percent-encoded UTF-8`);
    }
  }
}

function checkKey(key: string): string {
  if (key === "") throw invalid("key is empty; allowed is text of at least one character");
  return key;
}
