/**
 * All checkers of one run. Hands every observation to those that want it, keeps the committed
 * log that several of them share, and remembers the first violation: it is reported, not thrown,
 * since throwing inside a node's event would look like a failure of the node.
 */
import type { AppliedEntry, LogBatch, LogIndex, Message, SnapshotMeta } from "@caucus/raft";
import type {
  AnsweredRead,
  Checker,
  Commit,
  DiskTruth,
  ObservedNode,
  ObservedStatus,
  Report,
} from "./checker.ts";
import { committedImmutable } from "./committed-immutable.ts";
import { CommittedLog } from "./committed-log.ts";
import { committedOnQuorum } from "./committed-on-quorum.ts";
import { durablePromises } from "./durable-promises.ts";
import { electedByQuorum } from "./elected-by-quorum.ts";
import { electionSafety } from "./election-safety.ts";
import { fenceHolds } from "./fence-holds.ts";
import { indexOrder } from "./index-order.ts";
import { leaderAppendOnly } from "./leader-append-only.ts";
import { leaderCompleteness } from "./leader-completeness.ts";
import { logMatching } from "./log-matching.ts";
import { monotonicApplied } from "./monotonic-applied.ts";
import { monotonicCommit } from "./monotonic-commit.ts";
import { monotonicTerm } from "./monotonic-term.ts";
import { oneChangeInFlight } from "./one-change-in-flight.ts";
import { readFreshness } from "./read-freshness.ts";
import { singleVote } from "./single-vote.ts";
import { snapshotFaithful } from "./snapshot-faithful.ts";
import { stateMachineSafety } from "./state-machine-safety.ts";
import { truncationOnConflict } from "./truncation-on-conflict.ts";
import type { Violation } from "./violation.ts";

export class CheckerSuite {
  readonly committed: CommittedLog = new CommittedLog();
  readonly #checkers: Checker[];
  #violation: Violation | undefined;

  constructor(disks: DiskTruth) {
    const committed = this.committed;
    const as =
      (property: string): Report =>
      (message) =>
        this.report(property, message);
    this.#checkers = [
      electionSafety(as("Election Safety")),
      leaderAppendOnly(as("Leader Append-Only")),
      logMatching(as("Log Matching")),
      leaderCompleteness(as("Leader Completeness"), committed),
      stateMachineSafety(as("State Machine Safety"), committed),
      committedOnQuorum(as("Committed On Quorum"), disks),
      committedImmutable(as("Committed Immutable"), committed),
      monotonicTerm(as("Monotonic Term")),
      singleVote(as("Single Vote")),
      monotonicCommit(as("Monotonic Commit")),
      monotonicApplied(as("Monotonic Applied")),
      indexOrder(as("Index Order")),
      oneChangeInFlight(as("One Change In Flight"), committed),
      snapshotFaithful(as("Snapshot Faithful"), committed),
      fenceHolds(as("Fence Holds")),
      readFreshness(as("Read Freshness")),
      electedByQuorum(as("Elected By Quorum")),
      truncationOnConflict(as("Truncation On Conflict")),
      durablePromises(as("Durable Promises"), disks),
    ];
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  /** Adds somebody who wants to see the same things without judging them. */
  observe(observer: Checker): void {
    this.#checkers.push(observer);
  }

  /** Only the first counts: later ones are mostly its consequences. */
  report(property: string, message: string): void {
    this.#violation ??= { property, message };
  }

  started(node: ObservedNode, forgot: boolean): void {
    for (const checker of this.#checkers) checker.started?.(node, forgot);
  }

  refused(label: number, forgot: boolean, message: string): void {
    for (const checker of this.#checkers) checker.refused?.(label, forgot, message);
  }

  writing(node: ObservedNode, batch: LogBatch): void {
    for (const checker of this.#checkers) checker.writing?.(node, batch);
  }

  sent(node: ObservedNode, message: Message): void {
    for (const checker of this.#checkers) checker.sent?.(node, message);
  }

  /** Call after every event of a node, also when nothing changed. */
  stepped(node: ObservedNode, before: ObservedStatus, after: ObservedStatus): void {
    if (after.commitIndex > before.commitIndex) this.#commits(node, before, after);
    for (const checker of this.#checkers) checker.stepped?.(node, before, after);
  }

  applied(node: ObservedNode, applied: AppliedEntry, result: string): void {
    for (const checker of this.#checkers) checker.applied?.(node, applied, result);
  }

  compacting(node: ObservedNode, index: LogIndex, durablyApplied: LogIndex): void {
    for (const checker of this.#checkers) checker.compacting?.(node, index, durablyApplied);
  }

  readAnswered(node: ObservedNode, read: AnsweredRead): void {
    for (const checker of this.#checkers) checker.readAnswered?.(node, read);
  }

  snapshotOpened(node: ObservedNode, meta: SnapshotMeta): void {
    for (const checker of this.#checkers) checker.snapshotOpened?.(node, meta);
  }

  #commits(node: ObservedNode, before: ObservedStatus, after: ObservedStatus): void {
    for (let index = before.commitIndex + 1; index <= after.commitIndex; index++) {
      const entry = node.log.entryAt(index);
      // A snapshot stands for the entries before it: they were committed elsewhere.
      if (entry === undefined) continue;
      const first = index > this.committed.lastIndex;
      const commit: Commit = { entry, first, before, after };
      for (const checker of this.#checkers) checker.committed?.(node, commit);
      if (first) this.committed.add(entry, after.term);
    }
  }
}
