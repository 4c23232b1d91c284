import type { Operation } from "../client-history.ts";
import type { Report } from "./checker.ts";
import { type ClientChecker, type FinalState, writtenRevision } from "./client-checker.ts";

/**
 * After all faults, every acknowledged write is there, or a later one in its place; and no two
 * acknowledged writes have one revision.
 */
export function noLostWrite(report: Report): ClientChecker {
  const revisions = new Map<number, Operation>();

  function checkEnd(
    operation: Operation,
    operations: readonly Operation[],
    state: FinalState,
  ): void {
    const revision = writtenRevision(operation);
    if (revision === undefined) return;
    const what = `the ${operation.input.kind} of ${operation.key} at revision ${revision}`;
    const record = state.get(operation.key);
    if (record === undefined || record.version === 0) {
      if (operation.input.kind === "delete") return;
      const deleted = operations.some((other) => mayHaveDeleted(other, operation.key, revision));
      if (!deleted) report(`${what} is lost: the key is gone and nobody deleted it later`);
    } else if (record.modRevision < revision) {
      report(`${what} is lost: the key was last written at revision ${record.modRevision}`);
    } else if (record.modRevision === revision && record.value !== writtenValue(operation)) {
      report(`${what} is lost: its revision holds ${record.value}`);
    }
  }

  return {
    answered(operation) {
      const revision = writtenRevision(operation);
      if (revision === undefined) return;
      const other = revisions.get(revision);
      if (other !== undefined) {
        report(`operations ${other.id} and ${operation.id} were both given revision ${revision}`);
      }
      revisions.set(revision, operation);
    },
    ended(operations, state) {
      for (const operation of operations) checkEnd(operation, operations, state);
    },
  };
}

function mayHaveDeleted(operation: Operation, key: string, afterRevision: number): boolean {
  if (operation.key !== key || operation.input.kind !== "delete") return false;
  return operation.output === undefined || operation.output.revision > afterRevision;
}

function writtenValue(operation: Operation): string | undefined {
  return "value" in operation.input ? operation.input.value : undefined;
}
