import type { KvService } from "@caucus/node";
import type { FastifyInstance, FastifyReply } from "fastify";
import { seedState } from "../raft-metrics.ts";
import type { RouteContext } from "../route-context.ts";
import { healthSchema, livezSchema, readyzSchema } from "../schemas/health.ts";
import { labelOf } from "./cluster.ts";

export function registerHealthRoutes(app: FastifyInstance, { service }: RouteContext): void {
  app.get("/health", { schema: healthSchema }, async (_request, reply) =>
    sendHealth(service, reply),
  );
  app.get("/livez", { schema: livezSchema }, async (_request, reply) => {
    const poisoned = service.status().state === "poisoned";
    return reply.code(poisoned ? 503 : 200).send({ status: poisoned ? "poisoned" : "ok" });
  });
  app.get("/readyz", { schema: readyzSchema }, async (_request, reply) => {
    const { ready, reasons } = service.readiness();
    return reply.code(ready ? 200 : 503).send({ ready, reasons });
  });
}

/** Seed 3's answer; 503 from a node that will not serve again before a restart. */
export function sendHealth(service: KvService, reply: FastifyReply): FastifyReply {
  const status = service.status();
  const isBroken = status.state === "poisoned" || status.state === "stopping";
  return reply.code(isBroken ? 503 : 200).send({
    status: status.state === "running" ? "ok" : status.state,
    node_id: labelOf(status),
    is_leader: status.role === "leader",
    current_leader: status.leader?.label ?? null,
    current_term: status.term,
    state: seedState(status),
  });
}
