import { CaucusError, type ErrorCode } from "@caucus/base";
import { Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";

/** The one table from our codes to gRPC's. */
const STATUS_OF_CODE: Readonly<Record<ErrorCode, status>> = {
  invalid_argument: status.INVALID_ARGUMENT,
  not_found: status.NOT_FOUND,
  conflict: status.ABORTED,
  not_leader: status.FAILED_PRECONDITION,
  no_leader: status.UNAVAILABLE,
  overloaded: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
  timeout: status.DEADLINE_EXCEEDED,
  session_expired: status.FAILED_PRECONDITION,
  wrong_cluster: status.PERMISSION_DENIED,
  poisoned: status.DATA_LOSS,
  unsupported: status.UNIMPLEMENTED,
  internal: status.INTERNAL,
};

/** Two codes can share a status, so the code itself travels in the trailers. */
const CODE_TRAILER = "caucus-code";

export function grpcStatusOf(code: ErrorCode): status {
  return STATUS_OF_CODE[code];
}

/** What a server method answers when it fails. */
export function toStatus(thrown: unknown): Pick<StatusObject, "code" | "details" | "metadata"> {
  const error = CaucusError.from(thrown);
  const metadata = new Metadata();
  metadata.set(CODE_TRAILER, error.code);
  return { code: STATUS_OF_CODE[error.code], details: error.message, metadata };
}

/** What a client makes of a failed call; `what` says which call to whom. */
export function fromServiceError(error: ServiceError, what: string): CaucusError {
  return new CaucusError(codeOf(error), `${what}: ${reasonOf(error)}`, { cause: error });
}

/** The gRPC library wraps why it has no connection into words of its own. */
const NO_CONNECTION: RegExp =
  /^No connection established\. Last error: (?:Error: )?(.+?)\. Resolution note:/;

function reasonOf({ details, message }: ServiceError): string {
  return NO_CONNECTION.exec(details)?.[1] ?? (details || message);
}

function codeOf(error: ServiceError): ErrorCode {
  const named = error.metadata.get(CODE_TRAILER)[0];
  if (typeof named === "string" && Object.hasOwn(STATUS_OF_CODE, named)) return named as ErrorCode;
  switch (error.code) {
    case status.INVALID_ARGUMENT:
      return "invalid_argument";
    case status.NOT_FOUND:
      return "not_found";
    case status.DEADLINE_EXCEEDED:
      return "timeout";
    case status.RESOURCE_EXHAUSTED:
      return "overloaded";
    case status.UNIMPLEMENTED:
      return "unsupported";
    default:
      // Not reached, cancelled, or answered by something that is not one of our servers.
      return "unavailable";
  }
}
