import type { Checker, Report } from "./checker.ts";

/** The commit index of a process never goes back (Raft figure 2). */
export function monotonicCommit(report: Report): Checker {
  return {
    stepped(node, before, after) {
      if (after.commitIndex < before.commitIndex) {
        report(
          `node ${node.label} went from commit ${before.commitIndex} back to ${after.commitIndex}`,
        );
      }
    },
  };
}
