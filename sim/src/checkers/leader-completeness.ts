import type { LogIndex, MemberKey, Term } from "@caucus/raft";
import type { Checker, ObservedNode, Report } from "./checker.ts";
import type { CommittedLog } from "./committed-log.ts";

/**
 * R5: An entry committed in a term is in the log of the leader of every later term (Raft §5.4.3,
 * figure 3: Leader Completeness). With Log Matching it is enough to look at the last one.
 */
export function leaderCompleteness(report: Report, committed: CommittedLog): Checker {
  /** Leaders that have not been seen stepping down. */
  const leaders = new Map<MemberKey, { readonly node: ObservedNode; readonly term: Term }>();

  function lacks(node: ObservedNode, index: LogIndex): boolean {
    const entry = committed.at(index)?.entry;
    if (entry === undefined) return false;
    if (index < node.log.compactedIndex) return false;
    if (index === node.log.compactedIndex) return node.log.compactedTerm !== entry.term;
    return node.log.entryAt(index)?.term !== entry.term;
  }

  return {
    started(node) {
      leaders.delete(node.key);
    },
    stepped(node, before, after) {
      if (after.role !== "leader") {
        if (before.role === "leader") leaders.delete(node.key);
        return;
      }
      if (before.role === "leader" && before.term === after.term) return;
      leaders.set(node.key, { node, term: after.term });
      let last = committed.lastIndex;
      while (last > 0 && (committed.at(last)?.committedInTerm ?? 0) >= after.term) last--;
      if (last > 0 && lacks(node, last)) {
        report(
          `node ${node.label} leads term ${after.term} without entry ${last}, committed in term ` +
            `${committed.at(last)?.committedInTerm}`,
        );
      }
    },
    committed(_node, commit) {
      if (!commit.first) return;
      for (const { node, term } of leaders.values()) {
        if (term > commit.after.term && lacks(node, commit.entry.index)) {
          report(
            `entry ${commit.entry.index} was committed in term ${commit.after.term}, node ` +
              `${node.label} already leads term ${term} without it`,
          );
        }
      }
    },
  };
}
