// Seed 3 answers whatever goes wrong with {"error": text}, and with HTTP 500 in its program. Here
// the status is that of our one table, so that 503 says "not applied" and 504 "perhaps applied".

import { CaucusError } from "@caucus/base";
import type { KvService } from "@caucus/node";
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from "fastify";
import { fastifyErrorCode, retryAfterOf, statusOf } from "../error-to-status.ts";
import { logInternalError } from "../internal-error.ts";
import { dialectPrefix, type HttpServerConfig } from "../options.ts";
import { problemOfThrown } from "../problem.ts";
import { formatSchemaErrors } from "../schema-error.ts";

/** Seed 3's words, by the last part of the route. */
const FAILURES: ReadonlyMap<string, string> = new Map([
  ["get", "Failed to read"],
  ["set", "Failed to write"],
  ["delete", "Failed to delete"],
  ["batch_write", "Failed to batch write"],
  ["txn", "Failed to execute transaction"],
  ["getset", "Failed to getset"],
  ["prefix", "Failed to scan prefix"],
  ["join", "Failed to join cluster"],
  ["leave", "Failed to leave cluster"],
  ["members", "Failed to get members"],
  ["trigger_snapshot", "Failed to trigger snapshot"],
  ["snapshot_status", "Failed to get snapshot status"],
  ["purge_log", "Failed to purge log"],
]);

/** Whether seed 3 answers there: below its prefix, and at its paths at the root that no other has. */
export function isRaftClusterPath(path: string): boolean {
  if (`${path}/`.startsWith(`${dialectPrefix("raft-cluster")}/`)) return true;
  return path !== "/members" && FAILURES.has(path.slice(1));
}

/** Every error of the scope's routes takes the shape of seed 3. */
export function answerWithSeedErrors(
  app: FastifyInstance,
  service: KvService,
  config: HttpServerConfig,
): void {
  app.setSchemaErrorFormatter(formatSeedSchemaErrors);
  app.setErrorHandler((thrown, request, reply) => {
    logInternalError(config.logger, request, thrown);
    return sendSeedError(service, thrown, request, reply);
  });
}

function sendSeedError(
  service: KvService,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (fastifyErrorCode(thrown) !== undefined) {
    const { detail, status } = problemOfThrown(thrown, request.routeOptions.bodyLimit);
    return reply.code(status).send({ error: detail });
  }
  const error = CaucusError.from(thrown);
  const retryAfter = retryAfterOf(error);
  if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
  const route = (request.routeOptions.url ?? "").split("/").at(-1) ?? "";
  return reply.code(statusOf(error)).send({ error: describe(error, route, service) });
}

function describe(error: CaucusError, route: string, service: KvService): string {
  const { code, message, outcome } = error;
  if (code === "invalid_argument") return message;
  if ((code === "not_leader" || code === "no_leader") && outcome !== "unknown") {
    const leader = error.leader ?? service.status().leader?.label ?? "unknown";
    return `This node is not the leader. Current leader: ${leader}`;
  }
  const failure = `${FAILURES.get(route) ?? "Failed"}: ${message}`;
  if (outcome === undefined) return failure;
  return `${failure} (${outcome === "unknown" ? "it may have been applied" : "not applied"})`;
}

/** Seed 3 names what is missing as a 'key' parameter or a 'key' field. */
function formatSeedSchemaErrors(
  errors: readonly FastifySchemaValidationError[],
  where: string,
): Error {
  const first = errors[0];
  if (first?.keyword === "required" && first.instancePath === "") {
    const noun = where === "querystring" ? "parameter" : "field";
    return new Error(`Missing '${String(first.params["missingProperty"])}' ${noun}`);
  }
  return formatSchemaErrors(errors, where);
}
