import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { problemOf, sendProblem } from "./problem.ts";

/**
 * Browsers are attackers too: a page of any site can make one send requests here. What a browser
 * marks as cross-site is refused, and no page may read answers unless its origin is listed.
 */
export function guardAgainstBrowsers(app: FastifyInstance, corsOrigins: readonly string[]): void {
  app.addHook("onRequest", (request, reply, done) => {
    const origin = request.headers.origin;
    const allowed = origin !== undefined && isAllowed(corsOrigins, origin);
    if (allowed) {
      allowOrigin(reply, origin);
      if (isPreflight(request)) {
        answerPreflight(reply);
        return;
      }
    } else if (request.headers["sec-fetch-site"] === "cross-site") {
      sendProblem(reply, problemOf("forbidden", describeRefusal(origin)));
      return;
    }
    done();
  });
}

/**
 * Whether a browser sent this for a page of another, unlisted origin. For WebSockets, which no rule of
 * browsers keeps on their own site and which not all browsers mark.
 */
export function isForeignPage(
  { headers }: FastifyRequest,
  corsOrigins: readonly string[],
): boolean {
  const { host, origin } = headers;
  if (origin === undefined || isAllowed(corsOrigins, origin)) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

function isAllowed(corsOrigins: readonly string[], origin: string): boolean {
  return corsOrigins.includes("*") || corsOrigins.includes(origin);
}

function allowOrigin(reply: FastifyReply, origin: string): void {
  reply.header("access-control-allow-origin", origin).header("vary", "Origin");
  reply.header("access-control-expose-headers", "Retry-After");
}

function isPreflight(request: FastifyRequest): boolean {
  return (
    request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined
  );
}

function answerPreflight(reply: FastifyReply): void {
  reply
    .code(204)
    .header("access-control-allow-methods", "GET, HEAD, POST, PUT, DELETE")
    .header("access-control-allow-headers", "Content-Type, Accept")
    .header("access-control-max-age", "600")
    .send();
}

function describeRefusal(origin: string | undefined): string {
  const who = origin === undefined ? "another site" : `origin ${origin.slice(0, 100)}`;
  return `a page of ${who} made this request; allowed are the origins in cors_origins`;
}
