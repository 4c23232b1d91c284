import type { Report } from "./checker.ts";
import { type ClientChecker, writtenRevision } from "./client-checker.ts";

/** A linearizable read shows the client's own acknowledged writes, or later ones. */
export function readYourWrites(report: Report): ClientChecker {
  /** By client and key, the revision of its last acknowledged write. */
  const written = new Map<string, number>();
  return {
    answered(operation) {
      const slot = `${operation.client} ${operation.key}`;
      const own = written.get(slot) ?? 0;
      const { output } = operation;
      if (output?.kind === "get") {
        const seen = output.record.version > 0 ? output.record.modRevision : output.revision;
        if (seen < own) {
          report(
            `client ${operation.client} wrote ${operation.key} at revision ${own} and then read ` +
              `it as of ${seen}`,
          );
        }
      }
      const revision = writtenRevision(operation);
      if (revision !== undefined) written.set(slot, Math.max(own, revision));
    },
  };
}
