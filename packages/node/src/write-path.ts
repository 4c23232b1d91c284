/**
 * The way of a write: into the own Raft when this node leads, else over one stream to the leader.
 *
 * N5: a write is sent again only after a definite "not appended"; whatever else happens ends it.
 * N6: a failed write says `not_applied` only if no log can hold it, else `unknown`.
 */
import { assertNever, CaucusError, type Clock, type WriteFailure } from "@caucus/base";
import { type CommandResult, decodeResult, encodeResult, wrapCommand } from "@caucus/kv";
import type { LogIndex, ProposalOutcome, Term } from "@caucus/raft";
import type { ClusterCalls, ForwardedReply, ForwardedWrite } from "@caucus/rpc";
import type { Deadlines } from "./deadlines.ts";
import { type LeaderRouting, WAITING_MAX } from "./leader-routing.ts";
import { waitForRetry } from "./request-clock.ts";

export type WriteOutcome =
  | {
      readonly kind: "applied";
      readonly index: LogIndex;
      readonly term: Term;
      readonly result: CommandResult;
    }
  | { readonly kind: "failed"; readonly error: CaucusError };

export interface WriteRequest {
  /** As kv's `encodeCommand` makes it. */
  readonly data: Uint8Array;
  /** Monotonic. */
  readonly deadlineMs: number;
  readonly forward: boolean;
}

export interface WritePathParts {
  readonly propose: (
    data: Uint8Array,
    deadlineMs: number,
    done: (outcome: ProposalOutcome) => void,
  ) => void;
  readonly routing: LeaderRouting;
  readonly calls: Pick<ClusterCalls, "forward">;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
}

const NO_LEADER = "no leader is known";

/** A write ends only once and may come back only while nothing holds it. */
type Attempt =
  | WriteOutcome
  /** Certainly nowhere: may be tried again until the deadline. */
  | { readonly kind: "not-appended"; readonly message: string };

export class WritePath {
  readonly #parts: WritePathParts;

  constructor(parts: WritePathParts) {
    this.#parts = parts;
  }

  /** `done` is called once. */
  submit(request: WriteRequest, done: (outcome: WriteOutcome) => void): void {
    this.#attempt(request, (attempt) => {
      if (attempt.kind === "not-appended") this.#retry(request, attempt.message, done);
      else done(attempt);
    });
  }

  /** Answers another member's forwarded write: it is proposed here or not at all. */
  acceptForwarded(write: ForwardedWrite, reply: (reply: ForwardedReply) => void): void {
    const { clock, routing } = this.#parts;
    const { number } = write;
    if (routing.route.kind !== "self") {
      reply(forwardedFailure(number, "not-appended", "no_leader", "this node does not lead"));
      return;
    }
    this.#propose(write.data, clock.monotonicMs() + write.timeoutMs, (attempt) => {
      reply(forwardedReply(number, attempt));
    });
  }

  #attempt(request: WriteRequest, done: (attempt: Attempt) => void): void {
    const { route } = this.#parts.routing;
    switch (route.kind) {
      case "self":
        this.#propose(request.data, request.deadlineMs, done);
        return;
      case "none":
        // Waiting would be of use only where a leader may be found elsewhere.
        if (request.forward) done({ kind: "not-appended", message: NO_LEADER });
        else
          done(failure("not_leader", `this node is not the leader; ${NO_LEADER}`, "not_applied"));
        return;
      case "other": {
        const { label, rpcAddress } = route.leader;
        if (request.forward) {
          this.#forward(request, rpcAddress, label, done);
          return;
        }
        const message = `this node is not the leader; the leader is node ${label}`;
        done(failure("not_leader", message, "not_applied", { leader: label }));
        return;
      }
      default:
        assertNever(route);
    }
  }

  #propose(data: Uint8Array, deadlineMs: number, done: (attempt: Attempt) => void): void {
    const envelope = wrapCommand(data, this.#parts.clock.wallMs());
    this.#parts.propose(envelope, deadlineMs, (outcome) => done(attemptOf(outcome)));
  }

  #forward(
    request: WriteRequest,
    address: string,
    leader: number,
    done: (attempt: Attempt) => void,
  ): void {
    const { calls, clock, deadlines } = this.#parts;
    const timeoutMs = Math.ceil(request.deadlineMs - clock.monotonicMs());
    if (timeoutMs <= 0) {
      done({ kind: "not-appended", message: `node ${leader} leads, but no time is left` });
      return;
    }
    let isOpen = true;
    const finish = (attempt: Attempt): void => {
      if (!isOpen) return;
      isOpen = false;
      deadlines.drop(guard);
      done(attempt);
    };
    // The leader watches the same deadline; this one is for a leader that does not answer at all.
    const guard = deadlines.add(request.deadlineMs, () => {
      finish(failure("timeout", `node ${leader} leads, but did not answer in time`, "unknown"));
    });
    calls.forward(address, { data: request.data, timeoutMs }, (reply) => {
      finish(attemptOfReply(reply, leader));
    });
  }

  #retry(request: WriteRequest, reason: string, done: (outcome: WriteOutcome) => void): void {
    const { clock, deadlines, routing } = this.#parts;
    waitForRetry(routing, deadlines, clock, request.deadlineMs, (end) => {
      switch (end) {
        case "retry":
          this.submit(request, done);
          return;
        case "deadline": {
          done(deadlinePassed(routing.route.kind === "none", reason));
          return;
        }
        case "overloaded":
          done(overloaded(`${WAITING_MAX} requests wait for a leader`));
          return;
        default:
          assertNever(end);
      }
    });
  }
}

function attemptOf(outcome: ProposalOutcome): Attempt {
  switch (outcome.kind) {
    case "applied": {
      const { index, term } = outcome;
      return { kind: "applied", index, term, result: outcome.result as CommandResult };
    }
    case "not-leader":
      return { kind: "not-appended", message: "this node does not lead" };
    case "transferring":
      return { kind: "not-appended", message: "leadership is being handed over" };
    case "superseded":
      return { kind: "not-appended", message: "another leader's entry took its place" };
    case "overloaded":
      return overloaded(outcome.limit);
    case "stopped":
      return failure("unavailable", "the node is stopping", "not_applied");
    case "unknown":
      return failure("timeout", "no quorum has confirmed the write in time", "unknown");
    default:
      return assertNever(outcome);
  }
}

/** `reason`: why the last attempt did not append; a leader may have been lost since. */
function deadlinePassed(isLeaderless: boolean, reason: string): WriteOutcome {
  const end = "the deadline passed";
  if (!isLeaderless) return failure("timeout", `${reason}; ${end}`, "not_applied");
  const before = reason === NO_LEADER ? "" : `; before that: ${reason}`;
  return failure("no_leader", `${NO_LEADER}; ${end}${before}`, "not_applied");
}

function overloaded(limit: string): WriteOutcome {
  const message = `overloaded: ${limit}`;
  return failure("overloaded", message, "not_applied", { retryAfterSeconds: 1 });
}

function failure(
  code: CaucusError["code"],
  message: string,
  outcome: WriteFailure,
  more: { readonly leader?: number; readonly retryAfterSeconds?: number } = {},
): Extract<WriteOutcome, { kind: "failed" }> {
  return { kind: "failed", error: new CaucusError(code, message, { outcome, ...more }) };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function forwardedReply(number: number, attempt: Attempt): ForwardedReply {
  switch (attempt.kind) {
    case "applied": {
      const { index, term } = attempt;
      return { number, kind: "applied", data: encodeResult(attempt.result), index, term };
    }
    case "not-appended":
      return forwardedFailure(number, "not-appended", "no_leader", attempt.message);
    case "failed": {
      const { code, message, outcome } = attempt.error;
      const kind = outcome === "not_applied" ? "not-appended" : "unknown";
      return forwardedFailure(number, kind, code, message);
    }
    default:
      return assertNever(attempt);
  }
}

/** The reason is a code, a space and a sentence. */
function forwardedFailure(
  number: number,
  kind: "not-appended" | "unknown",
  code: CaucusError["code"],
  message: string,
): ForwardedReply {
  return { number, kind, data: encoder.encode(`${code} ${message}`), index: 0, term: 0 };
}

function attemptOfReply(reply: ForwardedReply, leader: number): Attempt {
  const { kind, index, term } = reply;
  if (kind === "applied") {
    try {
      return { kind, index, term, result: decodeResult(reply.data) };
    } catch (error) {
      return failure("unsupported", `the answer can't be read: ${String(error)}`, "unknown");
    }
  }
  const [code, ...words] = decoder.decode(reply.data).split(" ");
  const message = `node ${leader}: ${words.join(" ")}`;
  if (kind === "unknown") return failure("timeout", message, "unknown");
  // An overloaded leader must not be asked again at once, everything else may pass quickly.
  return code === "overloaded" ? overloaded(message) : { kind, message };
}
