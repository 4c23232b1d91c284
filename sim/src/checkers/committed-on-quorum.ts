import type { Configuration, Entry, MemberKey } from "@caucus/raft";
import type { Checker, Commit, DiskTruth, Report } from "./checker.ts";

/**
 * R6: When an entry is first known to be committed, a majority of the voters, and while the
 * configuration is joint also one of the outgoing voters, has it on disk (Raft §5.3, §6). A leader
 * counts only for entries of its own term (§5.4.2).
 */
export function committedOnQuorum(report: Report, disks: DiskTruth): Checker {
  function majority(voters: readonly MemberKey[], entry: Entry): boolean {
    let holding = 0;
    for (const key of voters) {
      if (disks.heldDurably(key, entry.index, entry.term)) holding++;
    }
    return holding * 2 > voters.length;
  }

  function quorum(configuration: Configuration, entry: Entry): boolean {
    const { voters, outgoing } = configuration;
    if (!majority(voters, entry)) return false;
    return outgoing.length === 0 || majority(outgoing, entry);
  }

  function onQuorum({ entry, before, after }: Commit): boolean {
    if (quorum(before.configuration, entry)) return true;
    // A joint configuration ends within the event that commits it; whatever stands at or before
    // its entry was counted under it, not under its successor.
    if (before.configurationIndex >= entry.index) return false;
    return before.configuration !== after.configuration && quorum(after.configuration, entry);
  }

  return {
    stepped(node, before, after) {
      if (before.role !== "leader" || after.role !== "leader" || before.term !== after.term) return;
      if (after.commitIndex === before.commitIndex) return;
      const term = node.log.entryAt(after.commitIndex)?.term ?? after.term;
      if (term !== after.term) {
        report(
          `node ${node.label}, leader of term ${after.term}, committed entry ` +
            `${after.commitIndex} of term ${term} by counting`,
        );
      }
    },
    committed(node, commit) {
      if (!commit.first || onQuorum(commit)) return;
      const { entry, before } = commit;
      report(
        `node ${node.label} committed entry ${entry.index} of term ${entry.term}, which is not on ` +
          `the disks of a quorum of voters [${before.configuration.voters}] outgoing ` +
          `[${before.configuration.outgoing}]`,
      );
    },
  };
}
