import { CaucusError, type WriteFailure } from "@caucus/base";
import type { FastifyReply, FastifyRequest } from "fastify";
import {
  ERROR_TO_STATUS,
  fastifyErrorCode,
  type HttpErrorCode,
  retryAfterOf,
  statusOf,
} from "./error-to-status.ts";

export const PROBLEM_TYPE = "application/problem+json";

/** RFC 9457, with our code and what a client needs to decide whether to try again. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: HttpErrorCode;
  /** Only on failed writes. */
  readonly outcome?: WriteFailure;
  /** Label of the leader, where one is known. */
  readonly leader?: number;
}

export function problemOf(code: HttpErrorCode, detail: string): Problem {
  const { status, title } = ERROR_TO_STATUS[code];
  return { type: `urn:caucus:problem:${code}`, title, status, detail, code };
}

function problemOfError(error: CaucusError): Problem {
  return {
    ...problemOf(error.code, error.message),
    status: statusOf(error),
    ...(error.outcome === undefined ? {} : { outcome: error.outcome }),
    ...(error.leader === undefined ? {} : { leader: error.leader }),
  };
}

/** Turns whatever a route threw, Fastify's own refusals included, into a problem. */
export function problemOfThrown(thrown: unknown, bodyLimitBytes: number): Problem {
  const code = fastifyErrorCode(thrown);
  if (code === undefined) return problemOfError(CaucusError.from(thrown));
  switch (code) {
    case "payload_too_large":
      return problemOf(code, `the body is larger than ${bodyLimitBytes} bytes, which is the limit`);
    case "unsupported_media_type":
      return problemOf(code, "send the body as Content-Type: application/json");
    default: {
      // Fastify repeats the whole path here, and with it the key.
      const isBadUrl = (thrown as { code?: unknown }).code === "FST_ERR_BAD_URL";
      const detail = isBadUrl ? "the path is not percent-encoded UTF-8" : (thrown as Error).message;
      return problemOf(code, detail);
    }
  }
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}

/** Sends the problem of `thrown`, with `Retry-After` where waiting helps. */
export function sendThrown(
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
): FastifyReply {
  const retryAfter = thrown instanceof CaucusError ? retryAfterOf(thrown) : undefined;
  if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
  return sendProblem(reply, problemOfThrown(thrown, request.routeOptions.bodyLimit));
}
