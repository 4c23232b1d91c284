/**
 * What can go wrong at an edge (HTTP, gRPC, command line), one code per situation.
 * Each edge has exactly one table from these codes to its own statuses.
 */
export type ErrorCode =
  | "invalid_argument" // malformed input; the message names the field, the value and what is allowed
  | "not_found"
  | "conflict" // valid, but refused in the present state (change in progress, label in use, …)
  | "not_leader" // this node is not the leader and forwarding is off
  | "no_leader" // no leader is known
  | "overloaded" // a documented limit is reached; try again later
  | "unavailable" // the node is starting, waiting for a cluster, stopping, or a peer did not answer
  | "timeout" // the deadline passed
  | "session_expired"
  | "wrong_cluster" // the peer belongs to another cluster or has another key
  | "poisoned" // storage failed; the node has stopped acknowledging
  | "unsupported" // not built for this platform, or a newer format
  | "internal";

/** Whether a failed write can have taken effect. Absent on errors of reads. */
export type WriteFailure = "not_applied" | "unknown";

export interface CaucusErrorOptions {
  readonly cause?: unknown;
  readonly outcome?: WriteFailure;
  /** Label of the leader, when one is known. */
  readonly leader?: number;
  /** Hint for `Retry-After`, in seconds. */
  readonly retryAfterSeconds?: number;
}

/** The one error class of the edges. Cores return union values instead of throwing. */
export class CaucusError extends Error {
  override readonly name = "CaucusError";
  readonly code: ErrorCode;
  readonly outcome: WriteFailure | undefined;
  readonly leader: number | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, message: string, options: CaucusErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.outcome = options.outcome;
    this.leader = options.leader;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** Total converter: whatever was thrown becomes a coded error. */
  static from(thrown: unknown): CaucusError {
    if (thrown instanceof CaucusError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new CaucusError("internal", message, { cause: thrown });
  }
}
