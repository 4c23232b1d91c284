import type { LogIndex } from "@caucus/raft";
import type { Checker, ObservedNode, Report } from "./checker.ts";
import { type CommittedLog, sameEntry } from "./committed-log.ts";

/** R4: What was committed stays: at every node the same, and never dropped from a log (Raft §5.3). */
export function committedImmutable(report: Report, committed: CommittedLog): Checker {
  function dropped(node: ObservedNode, from: LogIndex, how: string): void {
    for (let index = from; index <= node.log.lastIndex; index++) {
      const entry = node.log.entryAt(index);
      if (entry === undefined) continue;
      if (committed.holds(index, entry.term)) {
        report(`node ${node.label} dropped committed entry ${index} of term ${entry.term} ${how}`);
        return;
      }
      if (index > committed.lastIndex) return;
    }
  }

  return {
    writing(node, batch) {
      if (batch.install !== undefined) {
        dropped(node, batch.install.meta.index + 1, "by installing a snapshot");
      } else {
        const first = batch.entries[0];
        if (first !== undefined && first.index <= node.log.lastIndex) {
          dropped(node, first.index, "as a conflicting tail");
        }
      }
    },
    committed(node, { entry }) {
      const chosen = committed.at(entry.index)?.entry;
      if (chosen !== undefined && !sameEntry(chosen, entry)) {
        report(
          `node ${node.label} committed term ${entry.term} at ${entry.index}, where term ` +
            `${chosen.term} was committed before`,
        );
      }
    },
  };
}
