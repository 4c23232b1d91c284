import type { MemberKey, Term } from "@caucus/raft";
import type { Checker, ObservedNode, Report } from "./checker.ts";

/** R3: The term of a key never goes back, not even over a crash once others may know it (Raft §5.1). */
export function monotonicTerm(report: Report): Checker {
  const told = new Map<MemberKey, Term>();

  function atLeast(node: ObservedNode, term: Term, what: string): void {
    const highest = told.get(node.key) ?? 0;
    if (term < highest) report(`node ${node.label} ${what} term ${term} after term ${highest}`);
  }

  return {
    started(node) {
      atLeast(node, node.status.term, "starts with");
    },
    writing(node, batch) {
      if (batch.hardState === undefined) return;
      atLeast(node, batch.hardState.term, "writes");
      if (batch.hardState.term < node.log.hardState.term) {
        report(`node ${node.label} writes term ${batch.hardState.term} over a later one`);
      }
    },
    sent(node, message) {
      // A pre-vote names the term that its sender would campaign in, not the one it has.
      if (message.kind === "pre-vote" || message.kind === "pre-vote-reply") return;
      atLeast(node, message.term, `sends ${message.kind} of`);
      told.set(node.key, message.term);
    },
    stepped(node, before, after) {
      if (after.term < before.term) {
        report(`node ${node.label} went from term ${before.term} back to ${after.term}`);
      }
    },
  };
}
