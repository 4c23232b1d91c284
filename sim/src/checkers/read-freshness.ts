import type { Checker, Report } from "./checker.ts";

/**
 * R13: A linearizable read sees everything that was committed when it was asked for (ReadIndex, Raft
 * §8, thesis §6.4), whoever leads by then.
 */
export function readFreshness(report: Report): Checker {
  return {
    readAnswered(node, read) {
      if (read.index < read.committedBefore) {
        report(
          `node ${node.label} answers a read as of ${read.index}, committed before it came was ` +
            `${read.committedBefore}`,
        );
      } else if (read.appliedIndex < read.index) {
        report(
          `node ${node.label} answers a read as of ${read.index}, applied is ${read.appliedIndex}`,
        );
      }
    },
  };
}
