import type { Clock } from "@caucus/base";
import { CaucusError } from "@caucus/base";
import type { Deadlines } from "./deadlines.ts";
import type { LeaderRouting } from "./leader-routing.ts";

export const TIMEOUT_DEFAULT_MS = 5_000;
export const TIMEOUT_MAX_MS = 60_000;

/** Kept back of each timeout, so that the answer is out before it: a tenth, at most this. */
const ANSWER_MARGIN_MAX_MS = 100;

/** How long a refused attempt waits before the next when nothing else wakes it. */
const RETRY_MS = 50;

/** The monotonic deadline of a request that may take `timeoutMs`. @throws CaucusError `invalid_argument` */
export function requestDeadline(clock: Clock, timeoutMs: number = TIMEOUT_DEFAULT_MS): number {
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > TIMEOUT_MAX_MS) {
    throw new CaucusError(
      "invalid_argument",
      `timeoutMs is ${timeoutMs}, allowed are whole numbers from 1 to ${TIMEOUT_MAX_MS}`,
    );
  }
  return clock.monotonicMs() + timeoutMs - Math.min(ANSWER_MARGIN_MAX_MS, timeoutMs / 10);
}

/** What ended a wait: a leader is known or it is time to try again, the deadline, or a full queue. */
export type WaitEnd = "retry" | "deadline" | "overloaded";

/** Waits until another attempt makes sense. `done` is called once, never inside this call. */
export function waitForRetry(
  routing: LeaderRouting,
  deadlines: Deadlines,
  clock: Clock,
  deadlineMs: number,
  done: (end: WaitEnd) => void,
): void {
  const nowMs = clock.monotonicMs();
  // Without a leader only its appearance helps; with one the refusal was a moment's.
  const untilMs =
    routing.route.kind === "none" ? deadlineMs : Math.min(nowMs + RETRY_MS, deadlineMs);
  const woken = (): void => {
    deadlines.drop(deadline);
    done("retry");
  };
  const deadline = deadlines.add(untilMs, () => {
    routing.cancel(woken);
    done(clock.monotonicMs() >= deadlineMs ? "deadline" : "retry");
  });
  if (!routing.wait(woken)) {
    deadlines.drop(deadline);
    deadlines.add(nowMs, () => done("overloaded"));
  }
}
