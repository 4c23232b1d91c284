import type { ClusterId } from "@caucus/raft";
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
