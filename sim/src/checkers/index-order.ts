import type { Checker, ObservedNode, ObservedStatus, Report } from "./checker.ts";

/** R4: Snapshot ≤ applied ≤ committed ≤ last, on every node after every event. */
export function indexOrder(report: Report): Checker {
  function check(node: ObservedNode, status: ObservedStatus): void {
    const { compactedIndex, appliedIndex, commitIndex, lastIndex } = status;
    if (compactedIndex <= appliedIndex && appliedIndex <= commitIndex && commitIndex <= lastIndex) {
      return;
    }
    report(
      `node ${node.label}: compacted ${compactedIndex}, applied ${appliedIndex}, ` +
        `committed ${commitIndex}, last ${lastIndex}`,
    );
  }

  return {
    started(node) {
      check(node, node.status);
    },
    stepped(node, _before, after) {
      check(node, after);
    },
    compacting(node, index, durablyApplied) {
      if (index > durablyApplied) {
        report(`node ${node.label} compacts to ${index}, durably applied is ${durablyApplied}`);
      }
    },
  };
}
