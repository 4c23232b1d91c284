import { chitchatIdKey } from "@caucus/chitchat";
import type { Report } from "../../checkers/checker.ts";
import { type GossipChecker, nameOf } from "./gossip-checker.ts";
import { JudgingRounds, latenessMs } from "./judging-rounds.ts";

/**
 * A dead node is offered to nobody after half of the grace, and forgotten after all of it, not
 * before (G5).
 */
export function deadForgotten(report: Report): GossipChecker {
  const rounds = new JudgingRounds();
  return {
    membership(process, event) {
      if (event.kind !== "node-forgotten") return;
      const sinceMs = process.dead.get(chitchatIdKey(event.id));
      const { nowMs, rules } = process;
      if (sinceMs !== undefined && nowMs >= sinceMs + rules.deadNodeGraceMs) return;
      const when = sinceMs === undefined ? "alive" : `${Math.round(nowMs - sinceMs)} ms dead`;
      report(`node ${process.label} forgot ${event.id.nodeId}, ${when}`);
    },
    sent(process, message) {
      if (message === undefined || message.kind === "bad-cluster") return;
      const digest = message.kind === "ack" ? [] : message.digest;
      const delta = message.kind === "syn" ? [] : message.delta;
      for (const { id } of [...digest, ...delta]) {
        const key = chitchatIdKey(id);
        const sinceMs = process.dead.get(key);
        if (sinceMs === undefined) continue;
        if (sinceMs + process.rules.deadNodeGraceMs / 2 < process.nowMs) {
          report(`node ${process.label} offers ${nameOf(key)} past half of its grace`);
        }
      }
    },
    stepped(process, cause) {
      if (!rounds.isOne(process, cause)) return;
      for (const [id, sinceMs] of process.dead) {
        const overMs = process.nowMs - sinceMs - process.rules.deadNodeGraceMs;
        if (overMs <= latenessMs(process)) continue;
        report(`node ${process.label} knows ${nameOf(id)} ${Math.round(overMs)} ms past its grace`);
      }
    },
  };
}
