import type { Operation } from "../client-history.ts";
import { checkLinearizable } from "../linearizability.ts";
import type { Report } from "./checker.ts";
import type { ClientChecker } from "./client-checker.ts";

/** The whole history is linearizable, key by key. A search that does not end is a failure too. */
export function linearizableHistory(report: Report): ClientChecker {
  return {
    ended(operations) {
      const byKey = new Map<string, Operation[]>();
      for (const operation of operations) {
        const own = byKey.get(operation.key);
        if (own === undefined) byKey.set(operation.key, [operation]);
        else own.push(operation);
      }
      for (const [key, own] of byKey) {
        const verdict = checkLinearizable(own);
        if (verdict.kind === "undecided") {
          report(`${key}: undecided after ${verdict.tries} tries over ${own.length} operations`);
        } else if (verdict.kind === "not-linearizable") {
          const { blocked, explained } = verdict;
          report(
            `${key}: ${explained} operations can be ordered; stuck at operation ${blocked.id} of ` +
              `client ${blocked.client}: ${JSON.stringify(blocked.input)} gave ` +
              `${JSON.stringify(blocked.output)}`,
          );
        }
      }
    },
  };
}
