import type { Operation } from "../client-history.ts";
import type { Report } from "./checker.ts";
import type { ClientChecker, FinalState, LocalRead } from "./client-checker.ts";
import { linearizableHistory } from "./linearizable-history.ts";
import { monotonicReads } from "./monotonic-reads.ts";
import { noLostWrite } from "./no-lost-write.ts";
import { noPhantomValue } from "./no-phantom-value.ts";
import { readYourWrites } from "./read-your-writes.ts";

/** All checkers of what clients see. */
export class ClientSuite {
  readonly #checkers: readonly ClientChecker[];

  constructor(report: (property: string, message: string) => void) {
    const as =
      (property: string): Report =>
      (message) =>
        report(property, message);
    this.#checkers = [
      noPhantomValue(as("No Phantom Value")),
      noLostWrite(as("No Lost Write")),
      readYourWrites(as("Read Your Writes")),
      monotonicReads(as("Monotonic Reads")),
      linearizableHistory(as("Linearizability")),
    ];
  }

  invoked(operation: Operation): void {
    for (const checker of this.#checkers) checker.invoked?.(operation);
  }

  answered(operation: Operation): void {
    for (const checker of this.#checkers) checker.answered?.(operation);
  }

  withdrawn(operation: Operation): void {
    for (const checker of this.#checkers) checker.withdrawn?.(operation);
  }

  locallyRead(read: LocalRead): void {
    for (const checker of this.#checkers) checker.locallyRead?.(read);
  }

  ended(operations: readonly Operation[], state: FinalState): void {
    for (const checker of this.#checkers) checker.ended?.(operations, state);
  }
}
