/**
 * Tries the endpoints in turn until one answers or the deadline passes. A write is sent again only
 * when the failure proves that it was not applied; a read always can be.
 */
import { CaucusError, type ErrorCode } from "@caucus/base";
import { type ApiRequest, type AttemptOutcome, attempt } from "./attempt.ts";
import type { ClientConfig } from "./client-config.ts";

export interface LoopRequest extends ApiRequest {
  readonly safety: "read" | "write";
}

/** Another node, or the same one a little later, may do better. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "not_leader",
  "no_leader",
  "overloaded",
  "unavailable",
  "timeout",
  "poisoned",
]);

const PAUSE_GROWTH_MAX = 10;

export class RequestLoop {
  readonly #config: ClientConfig;
  /** Index of the endpoint that is asked first. */
  #preferred = 0;

  constructor(config: ClientConfig) {
    this.#config = config;
  }

  /** Resolves with the JSON of the answer; rejects with CaucusError, for writes with an outcome. */
  async run(request: LoopRequest, timeoutMs: number): Promise<unknown> {
    const { endpoints, retryPauseMs } = this.#config;
    const deadline = performance.now() + timeoutMs;
    let pauseMs = retryPauseMs;
    let last: CaucusError | undefined;
    for (;;) {
      for (let tried = 0; tried < endpoints.length; tried++) {
        const remainingMs = deadline - performance.now();
        if (remainingMs <= 0) throw outOfTime(request, timeoutMs, last);
        const outcome = await this.#try(request, shareOf(request, remainingMs, endpoints, tried));
        if (outcome.kind === "answer") return outcome.body;
        if (!mayTryAgain(request, outcome)) throw finalError(request, outcome);
        last = outcome.error;
        this.#preferred = (this.#preferred + 1) % endpoints.length;
      }
      const wantedMs = Math.max(pauseMs, (last?.retryAfterSeconds ?? 0) * 1_000);
      const remainingMs = deadline - performance.now();
      if (wantedMs >= remainingMs) throw outOfTime(request, timeoutMs, last);
      await pause(wantedMs);
      pauseMs = Math.min(pauseMs * 2, retryPauseMs * PAUSE_GROWTH_MAX);
    }
  }

  async #try(request: LoopRequest, timeoutMs: number): Promise<AttemptOutcome> {
    const endpoint = this.#config.endpoints[this.#preferred] ?? "";
    return await attempt(endpoint, request, Math.ceil(timeoutMs));
  }
}

/** A node that hangs must not eat the time of the others; a write has only one shot, though. */
function shareOf(
  request: LoopRequest,
  remainingMs: number,
  endpoints: readonly string[],
  tried: number,
): number {
  return request.safety === "write" ? remainingMs : remainingMs / (endpoints.length - tried);
}

type Failure = Exclude<AttemptOutcome, { readonly kind: "answer" }>;

function mayTryAgain(request: LoopRequest, failure: Failure): boolean {
  switch (failure.kind) {
    case "unreachable":
      return true;
    case "lost":
      return request.safety === "read";
    case "refused":
      if (!PASSING.has(failure.error.code)) return false;
      return request.safety === "read" || failure.error.outcome === "not_applied";
  }
}

function finalError(request: LoopRequest, failure: Failure): CaucusError {
  const { error } = failure;
  if (request.safety === "read" || failure.kind === "unreachable" || error.outcome !== undefined) {
    return error;
  }
  // What a node refuses as bad input was never applied; anything else without an outcome may have been.
  const definite =
    failure.kind === "refused" && !PASSING.has(error.code) && error.code !== "internal";
  return withOutcome(error, definite ? "not_applied" : "unknown");
}

function withOutcome(error: CaucusError, outcome: "not_applied" | "unknown"): CaucusError {
  return new CaucusError(error.code, error.message, {
    cause: error,
    outcome,
    ...(error.leader === undefined ? {} : { leader: error.leader }),
    ...(error.retryAfterSeconds === undefined
      ? {}
      : { retryAfterSeconds: error.retryAfterSeconds }),
  });
}

/** Only reached when every attempt so far was proved harmless. */
function outOfTime(
  request: LoopRequest,
  timeoutMs: number,
  last: CaucusError | undefined,
): CaucusError {
  const reason = last === undefined ? "" : `; the last reason: ${last.message}`;
  return new CaucusError(
    last === undefined ? "timeout" : last.code,
    `no node could answer within ${timeoutMs} ms${reason}`,
    {
      cause: last,
      ...(request.safety === "write" ? { outcome: "not_applied" as const } : {}),
      ...(last?.leader === undefined ? {} : { leader: last.leader }),
    },
  );
}

async function pause(durationMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, durationMs));
}
