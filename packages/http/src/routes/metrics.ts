import type { FastifyInstance, FastifyReply } from "fastify";
import { type Exporter, PROMETHEUS_TYPE } from "../metrics/exporter.ts";
import { rootMetrics } from "../raft-metrics.ts";
import { type RouteContext, raftStatus } from "../route-context.ts";
import { metricsSchema, prometheusSchema } from "../schemas/metrics.ts";

export function registerMetricsRoutes(
  app: FastifyInstance,
  { exporter, service }: RouteContext,
): void {
  app.get("/metrics", { schema: metricsSchema }, async (request, reply) => {
    reply.header("vary", "Accept");
    if (asksForPrometheus(request.headers.accept ?? "")) return sendPrometheus(exporter, reply);
    return reply.type("application/json; charset=utf-8").send(rootMetrics(raftStatus(service)));
  });
  // Seed 2's program has it under this path.
  app.post("/api/metrics", { schema: metricsSchema }, async (_request, reply) =>
    reply.type("application/json; charset=utf-8").send(rootMetrics(raftStatus(service))),
  );
  app.get("/metrics/prometheus", { schema: prometheusSchema }, async (_request, reply) =>
    sendPrometheus(exporter, reply),
  );
}

/** Some HTTP libraries list `text/plain` after JSON by default; who names JSON gets JSON. */
function asksForPrometheus(accept: string): boolean {
  if (accept.includes("application/json")) return false;
  return accept.includes("text/plain") || accept.includes("application/openmetrics-text");
}

async function sendPrometheus(exporter: Exporter, reply: FastifyReply): Promise<FastifyReply> {
  return reply.type(PROMETHEUS_TYPE).send(await exporter.text());
}
