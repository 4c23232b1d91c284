import type { Checker, DiskTruth, Report } from "./checker.ts";

/**
 * What a message promises is on the disk of its sender when it leaves (Raft figure 2: "updated
 * on stable storage before responding"): its term, a granted vote, an accepted append.
 */
export function durablePromises(report: Report, disks: DiskTruth): Checker {
  return {
    sent(node, message) {
      // Pre-votes promise nothing.
      if (message.kind === "pre-vote" || message.kind === "pre-vote-reply") return;
      const { term, vote } = disks.durableHardState(node.key);
      if (message.term > term) {
        report(`node ${node.label} sends ${message.kind} of term ${message.term}, on disk is ${term}`);
      } else if (message.kind === "vote-reply" && message.granted) {
        // The vote of an earlier term needs no trace: the disk already excludes that term.
        if (message.term < term || vote === message.to) return;
        report(`node ${node.label} grants ${message.to} its vote, on disk is ${vote}`);
      } else if (message.kind === "append-reply" && !message.rejected) {
        const index = message.matchIndex;
        const entry = node.log.entryAt(index);
        if (entry !== undefined && !disks.heldDurably(node.key, index, entry.term)) {
          report(`node ${node.label} acknowledges entry ${index}, which is not on its disk`);
        }
      }
    },
  };
}
