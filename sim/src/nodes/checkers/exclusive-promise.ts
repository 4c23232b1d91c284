import type { ClusterId, MemberKey } from "@caucus/raft";
import type { BootstrapPromise } from "@caucus/rpc";
import type { Report } from "../../checkers/checker.ts";
import type { NodesChecker } from "./nodes-checker.ts";

/** The promise that an identity keeps as text, if it keeps one. */
export function readPromise(text: string | undefined): BootstrapPromise | undefined {
  if (text === undefined) return undefined;
  return (JSON.parse(text) as { readonly promise?: BootstrapPromise }).promise;
}

interface Binding {
  readonly asker: MemberKey;
  readonly cluster: ClusterId;
}

/**
 * N14, N15: A promise is on disk when it is given, and it is exclusive: until its asker has
 * withdrawn it, has asked anew, or has turned up in another cluster, nobody else gets one. A key
 * that has promised itself to others does not ask on its own behalf.
 */
export function exclusivePromise(report: Report): NodesChecker {
  const bindings = new Map<MemberKey, Binding>();
  const clusterOf = new Map<MemberKey, ClusterId>();
  return {
    granted(who, onDisk, { asker, cluster }) {
      const promised = readPromise(onDisk.promise)?.cluster;
      if (promised !== cluster && onDisk.cluster !== cluster) {
        report(`node ${who.label} promises itself to ${cluster}, on disk is ${promised ?? "none"}`);
      }
      const standing = bindings.get(who.key);
      if (standing !== undefined && standing.asker !== asker) {
        const elsewhere = clusterOf.get(standing.asker);
        if (elsewhere === undefined || elsewhere === standing.cluster) {
          report(
            `node ${who.label} promises itself to ${asker}, while its promise to ` +
              `${standing.asker} stands`,
          );
        }
      }
      bindings.set(who.key, { asker, cluster });
    },
    withdrawn(who, asker, cluster) {
      const standing = bindings.get(who.key);
      if (standing?.asker === asker && standing.cluster === cluster) bindings.delete(who.key);
    },
    bound(who, _before, after) {
      if (after.cluster !== undefined) clusterOf.set(who.key, after.cluster);
    },
  };
}
