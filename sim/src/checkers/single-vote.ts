import type { MemberKey, Term } from "@caucus/raft";
import type { Checker, ObservedNode, Report } from "./checker.ts";

/** R3: A key votes for at most one candidate in a term, over crashes too (Raft §5.2). */
export function singleVote(report: Report): Checker {
  const votes = new Map<MemberKey, Map<Term, MemberKey>>();

  function votesFor(node: ObservedNode, term: Term, candidate: MemberKey): void {
    let own = votes.get(node.key);
    if (own === undefined) {
      own = new Map();
      votes.set(node.key, own);
    }
    const earlier = own.get(term);
    if (earlier === undefined) own.set(term, candidate);
    else if (earlier !== candidate) {
      report(`node ${node.label} voted for ${earlier} and ${candidate} in term ${term}`);
    }
  }

  return {
    sent(node, message) {
      if (message.kind === "vote") votesFor(node, message.term, node.key);
      else if (message.kind === "vote-reply" && message.granted) {
        votesFor(node, message.term, message.to);
      }
    },
    writing(node, { hardState }) {
      const held = node.log.hardState;
      if (hardState === undefined || held.vote === undefined) return;
      if (hardState.term === held.term && hardState.vote !== held.vote) {
        report(`node ${node.label} changes its vote in term ${held.term}`);
      }
    },
  };
}
