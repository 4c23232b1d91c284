import type { Entry, LogIndex, Term } from "@caucus/raft";
import type { Checker, ObservedNode, Report } from "./checker.ts";
import { sameEntry } from "./committed-log.ts";

interface Known {
  readonly entry: Entry;
  readonly previousTerm: Term;
}

/**
 * Two logs that hold an entry with the same index and term are equal up to it (Raft §5.3,
 * figure 3: Log Matching). By induction it is enough that equal (index, term) have equal contents
 * and equal terms before them.
 */
export function logMatching(report: Report): Checker {
  /** By index, the few entries that were ever written there. */
  const known: Known[][] = [];

  function check(node: ObservedNode, entry: Entry, previousTerm: Term): void {
    const row = known[entry.index];
    if (row === undefined) {
      known[entry.index] = [{ entry, previousTerm }];
      return;
    }
    for (const other of row) {
      if (other.entry.term !== entry.term) continue;
      if (!sameEntry(other.entry, entry)) {
        report(`node ${node.label} has another entry ${entry.index} of term ${entry.term}`);
      } else if (other.previousTerm !== previousTerm) {
        report(
          `entry ${entry.index} of term ${entry.term} follows term ${previousTerm} on node ` +
            `${node.label} and term ${other.previousTerm} elsewhere`,
        );
      }
      return;
    }
    row.push({ entry, previousTerm });
  }

  return {
    writing(node, batch) {
      const first = batch.entries[0];
      if (first === undefined) return;
      const start = batch.install?.meta ?? {
        index: node.log.compactedIndex,
        term: node.log.compactedTerm,
      };
      let previousTerm = termBefore(node, first.index, start);
      for (const entry of batch.entries) {
        check(node, entry, previousTerm);
        previousTerm = entry.term;
      }
    },
  };
}

function termBefore(
  node: ObservedNode,
  index: LogIndex,
  start: { readonly index: LogIndex; readonly term: Term },
): Term {
  if (index - 1 === start.index) return start.term;
  return node.log.entryAt(index - 1)?.term ?? 0;
}
