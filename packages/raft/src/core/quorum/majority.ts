import type { MemberKey } from "../identity.ts";

/**
 * The largest value that a majority of `keys` has reached. Infinity for no keys, so that an
 * absent half of a joint configuration never decides.
 */
export function majorityValue(
  keys: readonly MemberKey[],
  reached: (key: MemberKey) => number,
): number {
  if (keys.length === 0) return Number.POSITIVE_INFINITY;
  const values = keys.map(reached).sort((left, right) => right - left);
  return values[Math.floor(keys.length / 2)] as number;
}

export type VoteResult = "won" | "lost" | "pending";

/** Counts votes of `keys` only: an answer under any other key has no weight. */
export function majorityVote(
  keys: readonly MemberKey[],
  votes: ReadonlyMap<MemberKey, boolean>,
): VoteResult {
  const needed = Math.floor(keys.length / 2) + 1;
  let granted = 0;
  let refused = 0;
  for (const key of keys) {
    const vote = votes.get(key);
    if (vote === true) granted++;
    else if (vote === false) refused++;
  }
  if (keys.length === 0 || granted >= needed) return "won";
  return refused > keys.length - needed ? "lost" : "pending";
}
