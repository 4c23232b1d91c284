import type { FastifyInstance, FastifyReply } from "fastify";
import { isGossipKvPath } from "./dialects/gossip-kv.ts";
import { isRaftClusterPath } from "./dialects/raft-cluster-error.ts";
import type { DialectName } from "./options.ts";
import { type Problem, problemOf, sendProblem } from "./problem.ts";

/**
 * Answers unknown paths with 404 and wrong methods with 405 and `Allow`, before any body is read.
 * Call it before the routes are registered.
 */
export function refuseUnknownRoutes(app: FastifyInstance, dialects: readonly DialectName[]): void {
  const isSeed3 = (path: string): boolean =>
    dialects.includes("raft-cluster") && isRaftClusterPath(path);
  const refuse = (reply: FastifyReply, path: string, problem: Problem): FastifyReply =>
    isSeed3(path)
      ? reply.code(problem.status).send({ error: problem.detail })
      : sendProblem(reply, problem);
  const methods = new Map<string, Set<string>>();
  app.addHook("onRoute", ({ url, method }) => {
    const known = methods.get(url) ?? new Set<string>();
    for (const name of Array.isArray(method) ? method : [method]) known.add(name);
    methods.set(url, known);
  });
  app.addHook("onRequest", (request, reply, done) => {
    if (!request.is404) {
      done();
      return;
    }
    const path = (request.raw.url ?? "").split("?", 1)[0] ?? "";
    const allowed = methodsAt(methods, path);
    const shown = path.slice(0, 100);
    if (allowed.length === 0) {
      const detail = `there is no ${shown}; GET /spec lists the API`;
      refuse(reply, path, problemOf("not_found", detail));
      return;
    }
    const list = allowed.join(", ");
    reply.header("allow", list);
    const words = isGossipKvPath(path) ? "Invalid request: " : "";
    const detail = `${words}${shown} does not take ${request.method}; allowed are ${list}`;
    refuse(reply, path, problemOf("method_not_allowed", detail));
  });
}

function methodsAt(methods: ReadonlyMap<string, ReadonlySet<string>>, path: string): string[] {
  const found = new Set<string>();
  for (const [url, names] of methods) {
    if (matches(url, path)) for (const name of names) found.add(name);
  }
  return [...found].sort();
}

function matches(url: string, path: string): boolean {
  return url.endsWith("/*") ? path.startsWith(url.slice(0, -1)) : url === path;
}
