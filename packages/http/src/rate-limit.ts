import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { RATE_LIMITED } from "./error-to-status.ts";

/** How many requests each client may make; a client is an IPv4 address or an IPv6 network of /64. */
export interface RateLimit {
  readonly max: number;
  readonly windowMs: number;
}

/** Addresses that are remembered; beyond them the one not seen for longest starts anew. */
const CLIENTS_MAX = 10_000;

/** Whoever watches a node must see it just when it has too much to do. */
const EXEMPT: ReadonlySet<string | undefined> = new Set([
  "/livez",
  "/readyz",
  "/health",
  "/metrics",
  "/metrics/prometheus",
]);

/** Call it before the routes are registered. Unknown paths are refused without being counted. */
export async function limitRequests(
  app: FastifyInstance,
  limit: RateLimit | undefined,
): Promise<void> {
  if (limit === undefined) return;
  const { max, windowMs } = limit;
  await app.register(rateLimit, {
    max,
    timeWindow: windowMs,
    cache: CLIENTS_MAX,
    allowList: (request: FastifyRequest) => EXEMPT.has(request.routeOptions.url),
    errorResponseBuilder: (_request, { ttl }) => {
      const seconds = Math.ceil(ttl / 1_000);
      const message = `more than ${max} requests within ${windowMs} ms; allowed again in ${seconds} s`;
      return Object.assign(new Error(message), { code: RATE_LIMITED, statusCode: 429 });
    },
  });
}
