import type { MemberKey, Term } from "@caucus/raft";
import type { Checker, ObservedNode, Report } from "./checker.ts";

/**
 * R9: A leader was granted the votes of a majority of the voters, and while its configuration was
 * joint also of a majority of the outgoing ones (Raft §5.2, §6). Votes of others do not count.
 */
export function electedByQuorum(report: Report): Checker {
  /** By term and candidate, who granted it a vote. */
  const granted = new Map<string, Set<MemberKey>>();

  function votesOf(term: Term, candidate: MemberKey): Set<MemberKey> {
    const slot = `${term} ${candidate}`;
    let votes = granted.get(slot);
    if (votes === undefined) {
      votes = new Set();
      granted.set(slot, votes);
    }
    return votes;
  }

  function hasMajority(node: ObservedNode, term: Term, voters: readonly MemberKey[]): boolean {
    const votes = votesOf(term, node.key);
    // A candidate votes for itself by entering the term.
    const count = voters.filter((key) => key === node.key || votes.has(key)).length;
    return voters.length === 0 || count * 2 > voters.length;
  }

  return {
    sent(node, message) {
      if (message.kind === "vote-reply" && message.granted) {
        votesOf(message.term, message.to).add(node.key);
      }
    },
    stepped(node, before, after) {
      if (after.role !== "leader") return;
      if (before.role === "leader" && before.term === after.term) return;
      const { voters, outgoing } = before.configuration;
      if (hasMajority(node, after.term, voters) && hasMajority(node, after.term, outgoing)) return;
      report(
        `node ${node.label} leads term ${after.term} with the votes of ` +
          `[${[...votesOf(after.term, node.key)]}], voters are [${voters}] outgoing [${outgoing}]`,
      );
    },
  };
}
