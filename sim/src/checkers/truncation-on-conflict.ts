import type { Checker, Report } from "./checker.ts";

/**
 * A log is cut only where it conflicts with what its leader sends (Raft §5.3), and a snapshot of
 * a prefix of the log leaves the rest in place (Raft §7).
 */
export function truncationOnConflict(report: Report): Checker {
  return {
    writing(node, batch) {
      const { lastIndex } = node.log;
      if (batch.install !== undefined) {
        const { index, term } = batch.install.meta;
        if (node.log.entryAt(index)?.term === term) {
          report(`node ${node.label} gives up a log that holds the snapshot's ${index} of ${term}`);
        }
        return;
      }
      const first = batch.entries[0];
      if (first === undefined || first.index > lastIndex) return;
      // Several cuts in one turn reach the store as one batch: then any of its entries may differ.
      const conflicts = batch.entries.some(
        (entry) => entry.index > lastIndex || node.log.entryAt(entry.index)?.term !== entry.term,
      );
      if (!conflicts) {
        report(`node ${node.label} cuts its log at ${first.index}, where nothing conflicts`);
      }
    },
  };
}
