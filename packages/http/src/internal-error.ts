import { CaucusError, type Logger } from "@caucus/base";
import type { FastifyRequest } from "fastify";

/** Logs what no route expected; everything else is an answer like any other. */
export function logInternalError(logger: Logger, request: FastifyRequest, thrown: unknown): void {
  const error = CaucusError.from(thrown);
  if (error.code !== "internal" || (thrown as { statusCode?: number }).statusCode) return;
  // Never the request itself: keys and values do not belong in logs.
  const route = `${request.method} ${request.routeOptions.url ?? "?"}`;
  logger.error("a request failed", { route, reason: error.message });
}
