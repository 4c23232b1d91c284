import type { Configuration } from "../configuration.ts";
import type { MemberKey } from "../identity.ts";
import { majorityValue, majorityVote, type VoteResult } from "./majority.ts";

/**
 * Raft §6: while joint, every decision needs a majority of the new voters and a majority of
 * the old ones.
 */
export function quorumValue(
  configuration: Configuration,
  reached: (key: MemberKey) => number,
): number {
  return Math.min(
    majorityValue(configuration.voters, reached),
    majorityValue(configuration.outgoing, reached),
  );
}

/** The vote of both halves; lost as soon as one half is lost. */
export function quorumVote(
  configuration: Configuration,
  votes: ReadonlyMap<MemberKey, boolean>,
): VoteResult {
  const incoming = majorityVote(configuration.voters, votes);
  const outgoing = majorityVote(configuration.outgoing, votes);
  if (incoming === "lost" || outgoing === "lost") return "lost";
  return incoming === "won" && outgoing === "won" ? "won" : "pending";
}
