import type { FastifyInstance } from "fastify";
import { Counter, Histogram, type Registry } from "prom-client";
import type { ConnectionCounts } from "../sniffer.ts";
import { DURATION_BUCKETS_SECONDS, gauge, gaugeBy } from "./series.ts";

/** Paths that no route has share one name: whoever asks must not choose what is kept here. */
const NO_ROUTE = "none";

/** What the server has open. */
export interface OpenNow {
  readonly connections: ConnectionCounts;
  readonly eventClients: number;
}

/** Watches every request of `app`; call it before the routes are registered. */
export function declareHttpSeries(
  registry: Registry,
  app: FastifyInstance,
  open: () => OpenNow,
): void {
  const requests = new Counter({
    name: "caucus_http_requests_total",
    help: "Requests answered, by route, method and class of status.",
    labelNames: ["route", "method", "status"],
    registers: [registry],
  });
  const durations = new Histogram({
    name: "caucus_http_request_duration_seconds",
    help: "From the head of a request until its answer was sent.",
    labelNames: ["route", "method"],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  gaugeBy(
    { registry, name: "caucus_http_connections", help: "Open connections of the HTTP port." },
    "protocol",
    () => Object.entries(open().connections),
  );
  gauge(
    { registry, name: "caucus_http_event_clients", help: "WebSockets that get cluster events." },
    () => open().eventClients,
  );
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? NO_ROUTE;
    const { method } = request;
    requests.inc({ route, method, status: `${Math.floor(reply.statusCode / 100)}xx` });
    durations.observe({ route, method }, reply.elapsedTime / 1_000);
    done();
  });
}
