import type { ChitchatId } from "./chitchat-id.ts";

/** Generations above it are somebody's joke: raising them further would reach the end of u64. */
const GENERATION_MAX = 2n ** 63n;

/** A generation above every known one of the node with that name, this one's own included. */
export function nextGeneration(own: ChitchatId, known: readonly ChitchatId[]): bigint {
  const taken = new Set<bigint>([own.generationId]);
  for (const { nodeId, generationId } of known) {
    if (nodeId === own.nodeId) taken.add(generationId);
  }
  let highest = own.generationId;
  for (const generation of taken) {
    if (generation > highest && generation < GENERATION_MAX) highest = generation;
  }
  let next = highest < GENERATION_MAX ? highest + 1n : 1n;
  while (taken.has(next)) next++;
  return next;
}
