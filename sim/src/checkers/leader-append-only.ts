import type { MemberKey } from "@caucus/raft";
import type { Checker, Report } from "./checker.ts";

/** A leader never overwrites or deletes entries of its own log (Raft figure 3: Leader Append-Only). */
export function leaderAppendOnly(report: Report): Checker {
  /** Nodes that overwrote something in the event that is running. */
  const overwrote = new Map<MemberKey, string>();
  return {
    writing(node, batch) {
      const first = batch.entries[0];
      if (first !== undefined && first.index <= node.log.lastIndex && batch.install === undefined) {
        overwrote.set(node.key, `entries ${first.index} to ${node.log.lastIndex}`);
      }
      if (batch.install !== undefined && batch.install.meta.index < node.log.lastIndex) {
        overwrote.set(node.key, `its log by a snapshot at ${batch.install.meta.index}`);
      }
    },
    stepped(node, before, after) {
      if (overwrote.size === 0) return;
      const what = overwrote.get(node.key);
      overwrote.clear();
      const led = before.role === "leader" && after.role === "leader" && before.term === after.term;
      if (what !== undefined && led) {
        report(`node ${node.label}, leader of term ${after.term}, overwrote ${what}`);
      }
    },
  };
}
