import type { ClusterId, MemberKey } from "@caucus/raft";
import type { Report } from "../../checkers/checker.ts";
import { readPromise } from "./exclusive-promise.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/**
 * N16, N17: When a cluster's first entry is written, every voter in it has promised itself to it, on
 * disk: whoever would be missing could found another one.
 */
export function foundedOnPromises(
  report: Report,
  isPromised: (key: MemberKey, cluster: ClusterId) => boolean,
): NodesChecker {
  return {
    founding(who, onDisk, { voters }) {
      const cluster = readPromise(onDisk.promise)?.cluster ?? "";
      for (const key of voters) {
        if (!isPromised(key, cluster)) {
          report(`node ${who.label} founds ${cluster} without the promise of ${key}`);
        }
      }
    },
  };
}
