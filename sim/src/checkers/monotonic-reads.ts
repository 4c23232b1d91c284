import type { Report } from "./checker.ts";
import type { ClientChecker } from "./client-checker.ts";

/**
 * What a client reads never goes back: linearizable reads on any nodes, and local reads while
 * they are of one process.
 */
export function monotonicReads(report: Report): ClientChecker {
  const seen = new Map<string, number>();

  function advance(slot: string, revision: number, what: string): void {
    const before = seen.get(slot) ?? 0;
    if (revision < before) report(`${what} saw revision ${revision} after ${before}`);
    else seen.set(slot, revision);
  }

  return {
    answered({ client, key, output }) {
      if (output?.kind !== "get") return;
      advance(`${client}`, output.revision, `client ${client}`);
      if (output.record.version === 0) return;
      advance(`${client} ${key}`, output.record.modRevision, `client ${client}, of ${key},`);
    },
    locallyRead({ client, node, startCounter, revision }) {
      advance(`${client} ${node} ${startCounter}`, revision, `client ${client}, locally,`);
    },
  };
}
