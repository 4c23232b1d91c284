import type { Report } from "../../checkers/checker.ts";
import type { Owners } from "../owners.ts";
import { type GossipChecker, nameOf } from "./gossip-checker.ts";

/** Under each version that a node holds of another stands what the owner wrote there. */
export function faithfulCopy(report: Report, owners: Owners): GossipChecker {
  return {
    changed(process, { id, before, after }) {
      if (after === undefined || owners.isForged(id)) return;
      const where = `node ${process.label} holds of ${nameOf(id)}`;
      if (after.maxVersion > owners.maxVersion(id)) {
        report(`${where} max version ${after.maxVersion}, written is ${owners.maxVersion(id)}`);
      }
      if (before?.entries === after.entries) return;
      for (const [key, entry] of after.entries) {
        if (before?.entries.get(key) === entry) continue;
        const isWritten = owners
          .written(id, entry.version)
          .some((w) => w.key === key && w.value === entry.value && w.status === entry.status);
        if (!isWritten) report(`${where} ${key} at version ${entry.version}, which is another`);
      }
    },
  };
}
