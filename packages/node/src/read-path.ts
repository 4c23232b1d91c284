import { assertNever, CaucusError } from "@caucus/base";
import type { ReadOutcome } from "@caucus/raft";

type Confirm = (deadlineMs: number, done: (outcome: ReadOutcome) => void) => void;

/**
 * A linearizable read on any member: waits until the local state holds everything that was
 * acknowledged before the call, then takes `query` of it within the same turn.
 */
export function readConfirmed<T>(confirm: Confirm, deadlineMs: number, query: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    confirm(deadlineMs, (outcome) => {
      const error = errorOf(outcome);
      if (error !== undefined) {
        reject(error);
        return;
      }
      try {
        resolve(query());
      } catch (thrown) {
        reject(CaucusError.from(thrown));
      }
    });
  });
}

function errorOf(outcome: ReadOutcome): CaucusError | undefined {
  switch (outcome.kind) {
    case "ready":
      return undefined;
    case "no-leader":
      return new CaucusError("no_leader", "no leader is known; a local read is still possible");
    case "timeout":
      return new CaucusError("timeout", "no quorum has confirmed the read in time");
    case "overloaded":
      return new CaucusError("overloaded", `overloaded: ${outcome.limit}`, {
        retryAfterSeconds: 1,
      });
    case "stopped":
      return new CaucusError("unavailable", "the node is stopping");
    default:
      return assertNever(outcome);
  }
}
