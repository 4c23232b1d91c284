import { type Configuration, type MemberKey, memberOf } from "@caucus/raft";
import type { Checker, Report } from "./checker.ts";
import type { CommittedLog } from "./committed-log.ts";

/**
 * R8: A leader appends a configuration only when the one before it is committed, and consecutive
 * configurations have overlapping majorities: the voters stay, or a joint configuration lies
 * between (Raft §6). A key that was removed never returns.
 */
export function oneChangeInFlight(report: Report, committed: CommittedLog): Checker {
  return {
    stepped(node, before, after) {
      if (after.role !== "leader") return;
      if (before.role === "leader" && before.configurationIndex < after.configurationIndex) {
        const wrong = illegalStep(before.configuration, after.configuration);
        if (wrong !== undefined) {
          report(`node ${node.label} appended configuration ${after.configurationIndex}: ${wrong}`);
        }
      }
      let uncommitted = 0;
      // A new leader may not know yet what was committed before it was elected.
      const known = Math.max(after.commitIndex, committed.lastIndex);
      for (let index = known + 1; index <= after.configurationIndex; index++) {
        if (node.log.entryAt(index)?.kind === "configuration") uncommitted++;
      }
      if (uncommitted > 1) {
        report(`node ${node.label} leads with ${uncommitted} uncommitted configurations`);
      }
    },
  };
}

/** Why `next` may not follow `current`, or undefined. */
function illegalStep(current: Configuration, next: Configuration): string | undefined {
  const returned = next.members.find((member) => current.removed.includes(member.key));
  if (returned !== undefined) return `the removed key ${returned.key} returns`;
  const labels = new Set(next.voters.map((key) => memberOf(next, key)?.label));
  if (labels.size !== next.voters.length) return "two voters have one label";
  if (current.outgoing.length > 0) {
    if (next.outgoing.length > 0) return "a joint configuration follows a joint one";
    return sameKeys(current.voters, next.voters) ? undefined : "leaving joint changed the voters";
  }
  if (next.outgoing.length === 0) {
    return sameKeys(current.voters, next.voters) ? undefined : "the voters changed without joint";
  }
  if (sameKeys(current.voters, next.outgoing)) return undefined;
  return "the outgoing voters are not the old voters";
}

function sameKeys(a: readonly MemberKey[], b: readonly MemberKey[]): boolean {
  return a.length === b.length && a.every((key) => b.includes(key));
}
