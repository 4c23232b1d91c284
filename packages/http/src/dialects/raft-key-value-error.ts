// Seed 4 knows a handful of refusals and answers them, like everything, with HTTP 200. What it
// does not know (bad input, overload, an unknown outcome) keeps the status of our one table, so
// that no client takes a lost write for a written one; its body is still an `Err`.

import type { CaucusError } from "@caucus/base";
import type { NodeStatus } from "@caucus/node";
import { memberWithLabel } from "@caucus/node";
import { statusOf } from "../error-to-status.ts";

/** What was asked, as far as the answer depends on it. */
export type SeedRequest =
  | { readonly kind: "init" }
  | { readonly kind: "add-learner"; readonly label: number }
  | { readonly kind: "change-membership"; readonly voters: readonly number[] }
  | { readonly kind: "other" };

export interface SeedError {
  readonly status: number;
  readonly body: { readonly Err: object };
}

export function seedError(error: CaucusError, request: SeedRequest, status: NodeStatus): SeedError {
  const known = knownError(error, request, status);
  if (known !== undefined) return { status: 200, body: { Err: known } };
  const httpStatus = statusOf(error);
  const details = { code: error.code, ...describe(error) };
  const name = httpStatus < 500 ? "InvalidRequest" : "Unavailable";
  return { status: httpStatus, body: { Err: { [name]: details } } };
}

function knownError(
  error: CaucusError,
  request: SeedRequest,
  status: NodeStatus,
): object | undefined {
  if (error.code === "not_leader" || error.code === "no_leader") {
    if (error.outcome === "unknown") return undefined;
    return { ForwardToLeader: forwardToLeader(error, status) };
  }
  if (error.code !== "conflict" && error.code !== "not_found") return undefined;
  switch (request.kind) {
    case "init":
      return { NotAllowed: { ...describe(error), last_log_index: status.lastLogIndex } };
    case "add-learner":
      if (memberWithLabel(status.configuration, request.label) !== undefined) {
        return { Exists: request.label };
      }
      return { ChangeMembershipError: inProgress(error, status) };
    case "change-membership":
      return { ChangeMembershipError: changeError(error, request.voters, status) };
    case "other":
      return undefined;
  }
}

function forwardToLeader(error: CaucusError, status: NodeStatus): object {
  const label = error.leader ?? status.leader?.label ?? null;
  const leader = label === null ? undefined : memberWithLabel(status.configuration, label);
  return {
    leader_id: label,
    leader_node: leader === undefined ? null : { addr: leader.apiAddress },
    ...describe(error),
  };
}

function changeError(error: CaucusError, voters: readonly number[], status: NodeStatus): object {
  const missing = voters.find(
    (label) => memberWithLabel(status.configuration, label) === undefined,
  );
  if (missing === undefined) return inProgress(error, status);
  return { LearnerNotFound: { node_id: missing, ...describe(error) } };
}

function inProgress(error: CaucusError, status: NodeStatus): object {
  const membershipLogId = { index: status.configurationIndex };
  return { InProgress: { membership_log_id: membershipLogId, ...describe(error) } };
}

function describe(error: CaucusError): object {
  return {
    message: error.message,
    ...(error.outcome === undefined ? {} : { outcome: error.outcome }),
  };
}
