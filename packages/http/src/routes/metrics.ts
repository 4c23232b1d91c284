import type { KvService } from "@caucus/node";
import type { FastifyInstance, FastifyReply } from "fastify";
import { PROMETHEUS_TYPE, prometheusText } from "../prometheus.ts";
import { rootMetrics } from "../raft-metrics.ts";
import { type RouteContext, raftStatus } from "../route-context.ts";
import { metricsSchema, prometheusSchema } from "../schemas/metrics.ts";

export function registerMetricsRoutes(app: FastifyInstance, { service }: RouteContext): void {
  app.get("/metrics", { schema: metricsSchema }, async (request, reply) => {
    reply.header("vary", "Accept");
    if (asksForPrometheus(request.headers.accept ?? "")) return sendPrometheus(service, reply);
    return reply.type("application/json; charset=utf-8").send(rootMetrics(raftStatus(service)));
  });
  // Seed 2's program has it under this path.
  app.post("/api/metrics", { schema: metricsSchema }, async (_request, reply) =>
    reply.type("application/json; charset=utf-8").send(rootMetrics(raftStatus(service))),
  );
  app.get("/metrics/prometheus", { schema: prometheusSchema }, async (_request, reply) =>
    sendPrometheus(service, reply),
  );
}

/** Some HTTP libraries list `text/plain` after JSON by default; who names JSON gets JSON. */
export function asksForPrometheus(accept: string): boolean {
  if (accept.includes("application/json")) return false;
  return accept.includes("text/plain") || accept.includes("application/openmetrics-text");
}

function sendPrometheus(service: KvService, reply: FastifyReply): FastifyReply {
  const memory = process.memoryUsage();
  const text = prometheusText(service.status(), {
    residentBytes: memory.rss,
    heapUsedBytes: memory.heapUsed,
    uptimeSeconds: process.uptime(),
  });
  return reply.type(PROMETHEUS_TYPE).send(text);
}
