import type { Report } from "../../checkers/checker.ts";
import { type GossipChecker, nameOf } from "./gossip-checker.ts";

/**
 * As long as a node knows another, the pair (last collected, max version) never goes back, nor does
 * the version of a key unless all keys were dropped (G10). They are dropped only by somebody who has
 * collected more than this node knows of.
 */
export function monotonicVersions(report: Report): GossipChecker {
  return {
    changed(process, { id, before, after, isReset }) {
      if (before === undefined || after === undefined) return;
      const what = `what node ${process.label} holds of ${nameOf(id)}`;
      const isBack =
        after.lastGcVersion < before.lastGcVersion ||
        (after.lastGcVersion === before.lastGcVersion && after.maxVersion < before.maxVersion);
      if (isBack) {
        report(
          `${what} went from (${before.lastGcVersion}, ${before.maxVersion}) back to ` +
            `(${after.lastGcVersion}, ${after.maxVersion})`,
        );
      }
      if (isReset && after.lastGcVersion <= before.maxVersion) {
        report(`${what} was dropped at max version ${before.maxVersion} for no reason`);
      }
      if (isReset || before.entries === after.entries) return;
      for (const [key, { version }] of after.entries) {
        const was = before.entries.get(key)?.version ?? 0n;
        if (version < was) report(`${what}: ${key} went from version ${was} back to ${version}`);
      }
    },
  };
}
