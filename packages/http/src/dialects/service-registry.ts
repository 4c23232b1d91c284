// Seed 1, the service registry: each node tells by gossip which service it runs. Its answers have
// `status` and `message`; what its program answered with HTTP 200 and "Unknown service type" is a
// 400 here, and says what is allowed.

import { CaucusError } from "@caucus/base";
import { checkServiceInfo, type GossipService, serviceObject } from "@caucus/node";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { dialectTag } from "../dialect-tags.ts";
import { statusOf } from "../error-to-status.ts";
import { gossipStateText } from "../gossip-state.ts";
import { invalid, quote } from "../key-value-input.ts";
import { problemOfThrown } from "../problem.ts";
import { gossipStateSchema } from "../schemas/gossip-kv.ts";
import { seedMembersSchema, updateServiceSchema } from "../schemas/service-registry.ts";
import { refuseBadEncoding } from "./gossip-kv.ts";

interface UpdateQuery {
  readonly service_type: string;
  readonly host: string;
  readonly shard?: string;
}

/** `prefix` is empty at the root, where `/` and `/members` are part of the canonical API. */
export function registerServiceRegistry(
  app: FastifyInstance,
  gossip: GossipService,
  prefix: string,
): void {
  app.setErrorHandler(sendMessage);
  app.get<{ Querystring: UpdateQuery }>(
    `${prefix}/update_service`,
    { schema: updateServiceSchema, exposeHeadRoute: false, preValidation: refuseBadEncoding },
    async (request) => {
      const { service_type, host, shard } = request.query;
      gossip.updateService(checkServiceInfo(service_type, host, shardOf(shard)));
      return { status: true, message: "Service updated successfully" };
    },
  );
  if (prefix === "") return;
  const stateSchema = { ...gossipStateSchema, tags: [dialectTag("service-registry")] };
  for (const path of [prefix, `${prefix}/`]) {
    app.get(path, { schema: stateSchema }, async (_request, reply) =>
      reply.type("application/json; charset=utf-8").send(gossipStateText(gossip)),
    );
  }
  app.get(`${prefix}/members`, { schema: seedMembersSchema }, async () => ({
    members: gossip.members().map(({ id, service }) => ({
      id: id.node_id,
      service: service === undefined ? null : serviceObject(service),
    })),
  }));
}

function shardOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const shard = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(shard)) return shard;
  throw invalid(`Invalid shard: shard is ${quote(text)}; allowed are whole numbers from 0`);
}

function sendMessage(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOfThrown(thrown, request.routeOptions.bodyLimit);
  const status = thrown instanceof CaucusError ? statusOf(thrown) : problem.status;
  return reply.code(status).send({ status: false, message: problem.detail });
}
