import type { Report } from "../../checkers/checker.ts";
import { type GossipChecker, nameOf } from "./gossip-checker.ts";
import { JudgingRounds, latenessMs } from "./judging-rounds.ts";

/** Tombstones and keys with a time to live are dropped after the grace, not before (G4). */
export function markedCollected(report: Report, onCollected: () => void): GossipChecker {
  const rounds = new JudgingRounds();
  return {
    changed(process, { id, before, after, isReset }) {
      if (before === undefined || after === undefined || isReset) return;
      if (before.entries === after.entries) return;
      const { markedForDeletionGraceMs } = process.rules;
      for (const [key, { status, sinceMs }] of before.entries) {
        if (after.entries.has(key)) continue;
        const what = `node ${process.label} dropped ${key} of ${nameOf(id)}`;
        if (status === "set") report(`${what}, which was not marked`);
        else if (process.nowMs < sinceMs + markedForDeletionGraceMs) report(`${what} too early`);
        else onCollected();
      }
    },
    stepped(process, cause) {
      if (!rounds.isOne(process, cause)) return;
      const graceMs = process.rules.markedForDeletionGraceMs + latenessMs(process);
      for (const [id, { entries }] of process.views) {
        for (const [key, { status, sinceMs }] of entries) {
          if (status === "set" || process.nowMs - sinceMs <= graceMs) continue;
          report(`node ${process.label} keeps ${key} of ${nameOf(id)} past its grace`);
        }
      }
    },
  };
}
