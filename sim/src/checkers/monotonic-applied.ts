import type { LogIndex, MemberKey } from "@caucus/raft";
import type { Checker, Report } from "./checker.ts";

/**
 * A process applies every index once and in order (Raft §5.3); only an installed snapshot may
 * jump, and only forward. A restart goes on exactly where the durable state stands.
 */
export function monotonicApplied(report: Report): Checker {
  const lastApplied = new Map<MemberKey, LogIndex>();
  return {
    started(node) {
      lastApplied.set(node.key, node.status.appliedIndex);
    },
    writing(node, { install }) {
      if (install === undefined) return;
      const applied = lastApplied.get(node.key) ?? 0;
      if (install.meta.index <= applied) {
        report(`node ${node.label} installs a snapshot at ${install.meta.index} behind ${applied}`);
      }
      lastApplied.set(node.key, install.meta.index);
    },
    applied(node, { entry }) {
      const applied = lastApplied.get(node.key) ?? 0;
      if (entry.index !== applied + 1) {
        report(`node ${node.label} applies entry ${entry.index} after ${applied}`);
      }
      lastApplied.set(node.key, entry.index);
    },
    stepped(node, before, after) {
      if (after.appliedIndex < before.appliedIndex) {
        report(
          `node ${node.label} went from applied ${before.appliedIndex} back to ${after.appliedIndex}`,
        );
      }
    },
  };
}
