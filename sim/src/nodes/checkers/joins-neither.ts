import type { ClusterId } from "@caucus/raft";
import type { Report } from "../../checkers/checker.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/** A node that belongs to no cluster has seen two by gossip for so long before it asks one, in ms. */
const SEEN_MS_MAX = 4_000;

/** N18: A node that sees two clusters under one gossip cluster asks neither to take it in. */
export function joinsNeither(report: Report): NodesChecker {
  /** By process, since when it has seen two clusters. */
  const since = new Map<string, number>();
  return {
    sees(who, clusters: readonly ClusterId[], nowMs) {
      if (clusters.length < 2) since.delete(who.key);
      else if (!since.has(who.key)) since.set(who.key, nowMs);
    },
    asksToJoin(who, cluster, nowMs) {
      const seenMs = nowMs - (since.get(who.key) ?? nowMs);
      if (seenMs > SEEN_MS_MAX) {
        report(`node ${who.label} asks to join ${cluster}, and sees two for ${seenMs} ms`);
      }
    },
  };
}
