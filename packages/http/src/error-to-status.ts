import { CaucusError, type ErrorCode } from "@caucus/base";

/** What only HTTP itself can refuse. */
export type HttpErrorCode =
  | ErrorCode
  | "forbidden"
  | "method_not_allowed"
  | "request_timeout"
  | "payload_too_large"
  | "unsupported_media_type"
  | "upgrade_required"
  | "rate_limited"
  | "headers_too_large";

interface StatusEntry {
  readonly status: number;
  readonly title: string;
}

/** The one table from codes to HTTP statuses. */
export const ERROR_TO_STATUS: Readonly<Record<HttpErrorCode, StatusEntry>> = {
  invalid_argument: { status: 400, title: "Invalid request" },
  forbidden: { status: 403, title: "Forbidden" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  request_timeout: { status: 408, title: "Request not received in time" },
  conflict: { status: 409, title: "Refused in the present state" },
  session_expired: { status: 409, title: "Session expired" },
  wrong_cluster: { status: 409, title: "Another cluster" },
  payload_too_large: { status: 413, title: "Body too large" },
  unsupported_media_type: { status: 415, title: "Unsupported content type" },
  upgrade_required: { status: 426, title: "Upgrade required" },
  rate_limited: { status: 429, title: "Too many requests" },
  headers_too_large: { status: 431, title: "Request head too large" },
  internal: { status: 500, title: "Internal error" },
  unsupported: { status: 501, title: "Not supported here" },
  not_leader: { status: 503, title: "Not the leader" },
  no_leader: { status: 503, title: "No leader" },
  overloaded: { status: 503, title: "Overloaded" },
  unavailable: { status: 503, title: "Unavailable" },
  poisoned: { status: 503, title: "Storage failed" },
  timeout: { status: 504, title: "Timed out" },
};

/** The outcome of a failed write decides between 503 and 504, so that the status alone says it. */
export function statusOf(error: CaucusError): number {
  const { status } = ERROR_TO_STATUS[error.code];
  if (status < 500 || error.outcome === undefined) return status;
  return error.outcome === "unknown" ? 504 : 503;
}

/** Seconds for `Retry-After`; every 503 that will pass by itself has one. */
export function retryAfterOf(error: CaucusError): number | undefined {
  if (error.retryAfterSeconds !== undefined) return error.retryAfterSeconds;
  return error.code === "overloaded" ? 1 : undefined;
}

/** The code of the error of a client that asks too often. */
export const RATE_LIMITED = "CAUCUS_RATE_LIMITED";

const FASTIFY_CODES: Readonly<Record<string, HttpErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "payload_too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_CTP_EMPTY_TYPE: "unsupported_media_type",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "invalid_argument",
  [RATE_LIMITED]: "rate_limited",
  FST_ERR_VALIDATION: "invalid_argument",
  FST_ERR_BAD_URL: "invalid_argument",
  FST_ERR_MAX_PARAM_LENGTH: "invalid_argument",
};

/** The code of something that Fastify itself threw; undefined when it is not Fastify's. */
export function fastifyErrorCode(thrown: unknown): HttpErrorCode | undefined {
  if (thrown instanceof CaucusError || !(thrown instanceof Error)) return undefined;
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  const known = typeof code === "string" ? FASTIFY_CODES[code] : undefined;
  if (known !== undefined) return known;
  if (typeof statusCode !== "number" || statusCode < 400) return undefined;
  if (statusCode === 503) return "unavailable";
  return statusCode < 500 ? "invalid_argument" : undefined;
}
