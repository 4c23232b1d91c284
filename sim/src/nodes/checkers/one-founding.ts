import type { ClusterId, MemberKey } from "@caucus/raft";
import type { Report } from "../../checkers/checker.ts";
import { readPromise } from "./exclusive-promise.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/**
 * N17: Nodes that are to found one cluster found one, whatever happens to them meanwhile. A
 * founding counts when its first entry is written, although it may still be invisible.
 */
export function oneFounding(report: Report): NodesChecker {
  let first: { readonly cluster: ClusterId; readonly founder: number } | undefined;
  return {
    founding(who, onDisk) {
      const cluster = readPromise(onDisk.promise)?.cluster ?? "";
      if (first === undefined) first = { cluster, founder: who.label };
      else if (first.cluster !== cluster) {
        report(
          `node ${who.label} founds cluster ${cluster}, node ${first.founder} has founded ` +
            `${first.cluster}`,
        );
      }
    },
  };
}

/** A key belongs to one cluster for ever, on its disk and in Raft. */
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
