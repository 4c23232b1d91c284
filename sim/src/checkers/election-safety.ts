import type { MemberKey, Term } from "@caucus/raft";
import type { Checker, ObservedNode, Report } from "./checker.ts";

/** R16: At most one leader is elected in a term (Raft §5.2, figure 3: Election Safety). */
export function electionSafety(report: Report): Checker {
  const leaders = new Map<Term, MemberKey>();

  function leads(node: ObservedNode, term: Term): void {
    const leader = leaders.get(term);
    if (leader === undefined) leaders.set(term, node.key);
    else if (leader !== node.key) {
      report(`term ${term} has two leaders: ${leader} and ${node.key} (node ${node.label})`);
    }
  }

  return {
    stepped(node, before, after) {
      if (after.role === "leader" && (before.role !== "leader" || before.term !== after.term)) {
        leads(node, after.term);
      }
    },
    sent(node, message) {
      if (message.kind === "append" || message.kind === "heartbeat") leads(node, message.term);
    },
  };
}
