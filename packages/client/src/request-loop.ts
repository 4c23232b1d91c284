/**
 * Tries the endpoints in turn until one answers or the deadline passes. A write is sent again only
 * when the failure proves that it was not applied; a read always can be. A node that does not forward
 * is asked who leads, and the leader becomes one more endpoint.
 */
import { CaucusError, type ErrorCode } from "@caucus/base";
import { type ApiRequest, type AttemptOutcome, attempt } from "./attempt.ts";
import type { ClientConfig } from "./client-config.ts";
import { fieldOf } from "./json.ts";

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

/** A further attempt in less time would most likely be lost, and what is certain now would not be. */
const FURTHER_ATTEMPT_MS_MIN = 50;

/** A node that has just answered knows at once who leads, or it hangs. */
const LEADER_MS_MAX = 1_000;

const CLUSTER: ApiRequest = { method: "GET", path: "/api/cluster" };

export class RequestLoop {
  readonly #config: ClientConfig;
  /** Those of the configuration, and behind them the leader that a node has named. */
  #endpoints: readonly string[];
  /** Index of the endpoint that is asked first. */
  #preferred = 0;

  constructor(config: ClientConfig) {
    this.#config = config;
    this.#endpoints = config.endpoints;
  }

  /** Resolves with the JSON of the answer; rejects with CaucusError, for writes with an outcome. */
  async run(request: LoopRequest, timeoutMs: number): Promise<unknown> {
    const { retryPauseMs } = this.#config;
    const deadline = performance.now() + timeoutMs;
    let pauseMs = retryPauseMs;
    let last: CaucusError | undefined;
    let hasAnswered = false;
    for (;;) {
      for (let tried = 0; tried < this.#endpoints.length; tried++) {
        const remainingMs = deadline - performance.now();
        const neededMs = last === undefined ? 0 : FURTHER_ATTEMPT_MS_MIN;
        if (remainingMs <= neededMs) throw outOfTime(request, timeoutMs, last);
        const endpoint = this.#endpoints[this.#preferred] ?? "";
        const left = this.#endpoints.length - tried;
        const shareMs = Math.ceil(shareOf(request, remainingMs, left));
        const outcome = await attempt(endpoint, request, shareMs);
        if (outcome.kind === "answer") return outcome.body;
        if (!mayTryAgain(request, outcome)) throw finalError(request, outcome);
        // What a node has said tells more than that another one is not there.
        if (outcome.kind !== "unreachable" || !hasAnswered) last = outcome.error;
        hasAnswered ||= outcome.kind === "refused";
        this.#preferred = (this.#preferred + 1) % this.#endpoints.length;
        if (outcome.error.code === "not_leader") {
          await this.#learnLeader(endpoint, deadline - performance.now());
        }
      }
      const wantedMs = Math.max(pauseMs, (last?.retryAfterSeconds ?? 0) * 1_000);
      const remainingMs = deadline - performance.now();
      if (wantedMs >= remainingMs) throw outOfTime(request, timeoutMs, last);
      await pause(wantedMs);
      pauseMs = Math.min(pauseMs * 2, retryPauseMs * PAUSE_GROWTH_MAX);
    }
  }

  /** Asks a node who leads; the next attempt goes there. */
  async #learnLeader(endpoint: string, timeoutMs: number): Promise<void> {
    if (timeoutMs < 1) return;
    const lookMs = Math.ceil(Math.min(timeoutMs, LEADER_MS_MAX));
    const outcome = await attempt(endpoint, CLUSTER, lookMs);
    const body = outcome.kind === "answer" ? outcome.body : undefined;
    const address = fieldOf(fieldOf(body, "leader"), "api_addr");
    const leader = `${new URL(endpoint).protocol}//${String(address)}`;
    if (typeof address !== "string" || !URL.canParse(leader)) return;
    const { endpoints } = this.#config;
    this.#endpoints = endpoints.includes(leader) ? endpoints : [...endpoints, leader];
    this.#preferred = this.#endpoints.indexOf(leader);
  }
}

/** A node that hangs must not eat the time of the others; a write has only one shot, though. */
function shareOf(request: LoopRequest, remainingMs: number, endpointsLeft: number): number {
  return request.safety === "write" ? remainingMs : remainingMs / endpointsLeft;
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

/** The same error, of something that was to change. */
export function withOutcome(error: CaucusError, outcome: "not_applied" | "unknown"): CaucusError {
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
