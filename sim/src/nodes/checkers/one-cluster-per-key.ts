import type { ClusterId, MemberKey } from "@caucus/raft";
import type { Report } from "../../checkers/checker.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/** N16: A key belongs to one cluster for ever, on its disk and in Raft. */
export function oneClusterPerKey(report: Report): NodesChecker {
  const clusters = new Map<MemberKey, ClusterId>();
  return {
    bound(who, before, after) {
      if (before.cluster !== undefined && before.cluster !== after.cluster) {
        report(`node ${who.label} goes from cluster ${before.cluster} to ${after.cluster}`);
      }
    },
    began(who, cluster) {
      const known = clusters.get(who.key);
      if (known !== undefined && known !== cluster) {
        report(`node ${who.label} begins Raft in ${cluster}, it was in ${known}`);
      }
      clusters.set(who.key, cluster);
    },
  };
}
