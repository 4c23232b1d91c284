// Seed 4, openraft's example key-value store: JSON whatever the content type, {"Ok":…} or
// {"Err":…} for answers, numbers of --id for nodes. Served at the root and under its own prefix.

import { CaucusError } from "@caucus/base";
import type { MembershipResult } from "@caucus/node";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { fastifyErrorCode } from "../error-to-status.ts";
import { acceptAnyBodyAsJson } from "../json-body.ts";
import { keyBytes, textOrBase64 } from "../key-value-input.ts";
import { problemOfThrown } from "../problem.ts";
import { raftKeyValueMetrics, seedMembership } from "../raft-metrics.ts";
import { executed } from "../refusal.ts";
import { type RouteContext, raftStatus, readOptions } from "../route-context.ts";
import {
  seedAddLearnerSchema,
  seedChangeMembershipSchema,
  seedInitSchema,
  seedLinearizableReadSchema,
  seedListNodesSchema,
  seedMetricsSchema,
  seedReadSchema,
  seedWriteSchema,
} from "../schemas/raft-key-value.ts";
import { type SeedRequest, seedError } from "./raft-key-value-error.ts";
import {
  checkInitBody,
  parseAddLearner,
  parseMembers,
  parseWrite,
} from "./raft-key-value-input.ts";

/** `prefix` is empty at the root, where `/metrics` is the union of all dialects instead. */
export function registerRaftKeyValue(
  app: FastifyInstance,
  context: RouteContext,
  prefix: string,
): void {
  acceptAnyBodyAsJson(app);
  app.setErrorHandler((thrown, request, reply) => sendSeedError(context, thrown, request, reply));
  // The schemas describe; the parsers of this dialect check, as they accept several spellings.
  app.setValidatorCompiler(() => () => true);
  registerKeyRoutes(app, context, prefix);
  registerMemberRoutes(app, context, prefix);
  if (prefix !== "") {
    app.get(`${prefix}/metrics`, { schema: seedMetricsSchema }, async () => ({
      Ok: raftKeyValueMetrics(raftStatus(context.service)),
    }));
  }
}

function registerKeyRoutes(
  app: FastifyInstance,
  { service, config }: RouteContext,
  prefix: string,
): void {
  app.post(`${prefix}/write`, { schema: seedWriteSchema }, async (request) => {
    const { command, echo } = parseWrite(request.body);
    const answer = await service.write(command, { forward: config.forwardWrites });
    const { index, term } = answer;
    const result = executed(answer.result);
    let data: object = { value: echo };
    if (result.kind === "compare-and-set") {
      const { current } = result;
      data = { value: currentText(current?.value), version: current?.version ?? 0 };
    }
    return { Ok: { log_id: { term, index }, data, membership: null } };
  });

  const read = async (body: unknown, consistency: "local" | "linearizable"): Promise<object> => {
    const key = keyBytes(body, "the body");
    const record = await service.get(key, readOptions(consistency, undefined));
    return { Ok: record === undefined ? "" : requireText(record.value) };
  };
  app.post(`${prefix}/read`, { schema: seedReadSchema }, ({ body }) => read(body, "local"));
  app.post(`${prefix}/follower_read`, { schema: seedLinearizableReadSchema }, ({ body }) =>
    read(body, "linearizable"),
  );
  app.post(`${prefix}/linearizable_read`, { schema: seedLinearizableReadSchema }, ({ body }) =>
    read(body, "linearizable"),
  );
}

/** Seed 4's answers are text and have no place to say that a value is not. */
function requireText(bytes: Uint8Array): string {
  const { value, encoding } = textOrBase64(bytes);
  if (encoding === "utf-8") return value;
  throw new CaucusError("unsupported", "the value is not UTF-8; GET /api/read answers in base64");
}

function currentText(bytes: Uint8Array | undefined): string | null {
  if (bytes === undefined) return null;
  const { value, encoding } = textOrBase64(bytes);
  return encoding === "utf-8" ? value : null;
}

function registerMemberRoutes(
  app: FastifyInstance,
  { service }: RouteContext,
  prefix: string,
): void {
  app.post(`${prefix}/init`, { schema: seedInitSchema }, async (request) => {
    checkInitBody(request.body, service.status().label);
    await service.initialize();
    return { Ok: null };
  });
  app.post(`${prefix}/add-learner`, { schema: seedAddLearnerSchema }, async (request) => {
    const { index, term } = await service.addLearner(parseAddLearner(request.body));
    const membershipLogId = { term, index };
    // Waiting is over, so it has everything up to the entry that added it.
    return { Ok: { membership_log_id: membershipLogId, matched: membershipLogId } };
  });
  app.post(`${prefix}/change-membership`, { schema: seedChangeMembershipSchema }, async (request) =>
    membershipBody(
      // Seed 4 drops voters altogether instead of keeping them as learners.
      await service.changeMembership({ voters: parseMembers(request.body) }),
    ),
  );
  app.route({
    method: ["GET", "POST"],
    url: `${prefix}/list-nodes`,
    schema: seedListNodesSchema,
    handler: async () => ({
      Ok: Object.fromEntries(
        service.knownNodes().map(({ label, address }) => [String(label), address]),
      ),
    }),
  });
}

function membershipBody({ index, term, configuration }: MembershipResult): object {
  return {
    Ok: {
      log_id: { term, index },
      data: { value: null },
      membership: seedMembership(configuration),
    },
  };
}

function sendSeedError(
  { service, config }: RouteContext,
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const code = fastifyErrorCode(thrown);
  if (code !== undefined) {
    const problem = problemOfThrown(thrown, config.bodyLimitBytes);
    const details = { code, message: problem.detail };
    return reply.code(problem.status).send({ Err: { InvalidRequest: details } });
  }
  const error = CaucusError.from(thrown);
  if (error.code === "overloaded") {
    reply.header("retry-after", String(error.retryAfterSeconds ?? 1));
  }
  const { status, body } = seedError(error, seedRequestOf(request), service.status());
  return reply.code(status).send(body);
}

/** The body was parsed before, unless the error is about the body. */
function seedRequestOf(request: FastifyRequest): SeedRequest {
  const route = request.routeOptions.url ?? "";
  if (route.endsWith("/init")) return { kind: "init" };
  try {
    if (route.endsWith("/add-learner")) {
      return { kind: "add-learner", label: parseAddLearner(request.body).label };
    }
    if (route.endsWith("/change-membership")) {
      return { kind: "change-membership", voters: parseMembers(request.body) };
    }
  } catch {
    return { kind: "other" };
  }
  return { kind: "other" };
}
