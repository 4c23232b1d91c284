import type { Checker, DiskTruth, Report } from "./checker.ts";

/**
 * R1, R2: What a message promises is on the disk of its sender when it leaves (Raft figure 2: "updated
 * on stable storage before responding"): its term, a granted vote, an accepted append. And what
 * is applied is in the log on disk: the state may never be ahead of it.
 */
export function durablePromises(report: Report, disks: DiskTruth): Checker {
  return {
    applied(node, { entry }) {
      if (!disks.heldDurably(node.key, entry.index, entry.term)) {
        report(`node ${node.label} applies entry ${entry.index}, which is not on its disk`);
      }
    },
    sent(node, message) {
      // Pre-votes promise nothing.
      if (message.kind === "pre-vote" || message.kind === "pre-vote-reply") return;
      const { term, vote } = disks.durableHardState(node.key);
      if (message.term > term) {
        report(
          `node ${node.label} sends ${message.kind} of term ${message.term}, on disk is ${term}`,
        );
      }
      // What was promised in an earlier term was kept until a later one was written over it.
      if (message.term !== term || node.log.hardState.term !== term) return;
      if (message.kind === "vote-reply" && message.granted && vote !== message.to) {
        report(`node ${node.label} grants ${message.to} its vote, on disk is ${vote}`);
      } else if (message.kind === "append-reply" && !message.rejected) {
        const index = message.matchIndex;
        // An entry that a snapshot stands for has no term here, but an index.
        const held = node.log.entryAt(index)?.term;
        if (!disks.heldDurably(node.key, index, held)) {
          report(`node ${node.label} acknowledges entry ${index}, which is not on its disk`);
        }
      }
    },
  };
}
