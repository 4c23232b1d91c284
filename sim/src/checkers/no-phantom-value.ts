import type { Operation, SeenRecord } from "../client-history.ts";
import type { Report } from "./checker.ts";
import { type ClientChecker, seenRecords } from "./client-checker.ts";

/** Every value that is read was written, to that key, by a request that was not refused. */
export function noPhantomValue(report: Report): ClientChecker {
  /** Values are unique over a run. */
  const writers = new Map<string, Operation>();
  const withdrawn = new Set<number>();

  function check(key: string, record: SeenRecord, where: string): void {
    if (record.value === undefined) return;
    const writer = writers.get(record.value);
    if (writer === undefined || writer.key !== key) {
      report(`${where} of ${key} saw ${record.value}, which nobody wrote there`);
    } else if (withdrawn.has(writer.id)) {
      report(`${where} of ${key} saw ${record.value}, whose write was said not to be applied`);
    }
  }

  return {
    invoked(operation) {
      const { input } = operation;
      if ("value" in input) writers.set(input.value, operation);
    },
    answered(operation) {
      for (const record of seenRecords(operation)) {
        check(operation.key, record, `client ${operation.client}'s ${operation.input.kind}`);
      }
    },
    withdrawn(operation) {
      withdrawn.add(operation.id);
    },
    locallyRead(read) {
      check(read.key, read.record, `client ${read.client}'s local read`);
    },
    ended(_operations, state) {
      for (const [key, record] of state) check(key, record, "the final state");
    },
  };
}
