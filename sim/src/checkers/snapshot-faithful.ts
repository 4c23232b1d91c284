import type { LogIndex, MemberKey, SnapshotMeta } from "@caucus/raft";
import { decodeConfiguration } from "@caucus/raft";
import type { Checker, ObservedNode, Report } from "./checker.ts";
import type { CommittedLog } from "./committed-log.ts";

/**
 * R7: A snapshot stands for the committed log up to its index: same term, and the configuration that
 * was in force there (Raft §7).
 */
export function snapshotFaithful(report: Report, committed: CommittedLog): Checker {
  /** Indexes of the committed configuration entries, ascending; scanned once. */
  const configurations: LogIndex[] = [];
  let scanned = 0;
  /** Snapshots of the event that is running, which may also commit what they stand for. */
  let seen: { readonly meta: SnapshotMeta; readonly what: string }[] = [];

  function configurationAt(index: LogIndex): LogIndex {
    while (scanned < committed.lastIndex) {
      scanned++;
      if (committed.at(scanned)?.entry.kind === "configuration") configurations.push(scanned);
    }
    return configurations.findLast((at) => at <= index) ?? 0;
  }

  function check(node: ObservedNode, meta: SnapshotMeta, what: string): void {
    if (meta.index > committed.lastIndex) {
      report(`node ${node.label} ${what} a snapshot at ${meta.index}, which is not committed`);
      return;
    }
    if (meta.index > 0 && !committed.holds(meta.index, meta.term)) {
      report(`node ${node.label} ${what} a snapshot at ${meta.index} with a wrong term`);
      return;
    }
    const at = configurationAt(meta.index);
    if (meta.configurationIndex !== at) {
      report(
        `node ${node.label} ${what} a snapshot at ${meta.index} with the configuration of ` +
          `${meta.configurationIndex}, in force is that of ${at}`,
      );
      return;
    }
    const entry = committed.at(at)?.entry;
    if (entry !== undefined && !sameVoters(decodeConfiguration(entry.data), meta)) {
      report(`node ${node.label} ${what} a snapshot at ${meta.index} with other voters`);
    }
  }

  return {
    snapshotOpened(_node, meta) {
      seen.push({ meta, what: "sends" });
    },
    writing(_node, batch) {
      if (batch.install !== undefined) seen.push({ meta: batch.install.meta, what: "installs" });
    },
    stepped(node) {
      if (seen.length === 0) return;
      for (const { meta, what } of seen) check(node, meta, what);
      seen = [];
    },
  };
}

function sameVoters(
  a: { readonly voters: readonly MemberKey[]; readonly outgoing: readonly MemberKey[] },
  meta: SnapshotMeta,
): boolean {
  const b = meta.configuration;
  return `${a.voters}|${a.outgoing}` === `${b.voters}|${b.outgoing}`;
}
