import { CaucusError, type ErrorCode, type WriteFailure } from "@caucus/base";
import { fieldOf } from "./json.ts";

const ERROR_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  "invalid_argument",
  "not_found",
  "conflict",
  "not_leader",
  "no_leader",
  "overloaded",
  "unavailable",
  "timeout",
  "session_expired",
  "wrong_cluster",
  "poisoned",
  "unsupported",
  "internal",
]);

/** Said before a request is looked at. */
const TOO_MANY_REQUESTS = 429;

/** The error that a problem+json answer of a node stands for. */
export function errorOfProblem(
  status: number,
  body: unknown,
  retryAfter: string | null,
): CaucusError {
  const detail = fieldOf(body, "detail");
  const outcome = fieldOf(body, "outcome");
  const leader = fieldOf(body, "leader");
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  return new CaucusError(
    codeOf(status, fieldOf(body, "code")),
    typeof detail === "string"
      ? detail
      : `the answer is HTTP status ${status} without a reason: is that a node of Caucus?`,
    {
      ...(isWriteFailure(outcome) ? { outcome } : {}),
      ...(status === TOO_MANY_REQUESTS ? { outcome: "not_applied" as const } : {}),
      ...(typeof leader === "number" ? { leader } : {}),
      ...(Number.isFinite(seconds) && seconds >= 0 ? { retryAfterSeconds: seconds } : {}),
    },
  );
}

function isWriteFailure(value: unknown): value is WriteFailure {
  return value === "not_applied" || value === "unknown";
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && ERROR_CODES.has(value);
}

/** A status without a code is of something between us and a node, or in its place. */
function codeOf(status: number, code: unknown): ErrorCode {
  if (isErrorCode(code)) return code;
  if (status === TOO_MANY_REQUESTS) return "overloaded";
  if (status === 408 || status === 504) return "timeout";
  if (status === 503) return "unavailable";
  return status < 500 ? "invalid_argument" : "internal";
}
