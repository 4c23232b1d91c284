import type { Checker, Report } from "./checker.ts";
import { type CommittedLog, sameEntry } from "./committed-log.ts";

/**
 * No two nodes apply different entries at an index (Raft §5.4.3, figure 3: State Machine Safety),
 * nor answer the same entry differently: their states are equal.
 */
export function stateMachineSafety(report: Report, committed: CommittedLog): Checker {
  /** By index, what the first node to apply it answered. */
  const results: (string | undefined)[] = [];
  return {
    applied(node, { entry }, result) {
      const chosen = committed.at(entry.index)?.entry;
      // An entry may be applied in the very event that commits it, before the event has ended.
      const own = chosen ?? node.log.entryAt(entry.index);
      if (own === undefined || !sameEntry(own, entry)) {
        report(
          `node ${node.label} applied an entry of term ${entry.term} at ${entry.index}, ` +
            `chosen is one of term ${own?.term}`,
        );
        return;
      }
      const first = results[entry.index];
      if (first === undefined) results[entry.index] = result;
      else if (first !== result) {
        report(`entry ${entry.index} gave ${result} on node ${node.label} and ${first} elsewhere`);
      }
    },
  };
}
