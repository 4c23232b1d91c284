/** The one membership change and the one leadership transfer that a leader has in flight. */
import { type Configuration, isJoint } from "../core/configuration.ts";
import type { Entry } from "../core/entry.ts";
import type { LogIndex, MemberKey, Term } from "../core/identity.ts";
import type { RaftView } from "../core/raft-view.ts";
import type { ChangeOutcome, TransferOutcome } from "./outcome.ts";

interface PendingChange {
  readonly index: LogIndex;
  readonly term: Term;
  readonly deadlineMs: number;
  readonly done: (outcome: ChangeOutcome) => void;
  /** The entry that began the change is committed. */
  isCommitted: boolean;
}

interface PendingTransfer {
  readonly to: MemberKey;
  readonly deadlineMs: number;
  readonly done: (outcome: TransferOutcome) => void;
}

export class PendingAdmin {
  #change: PendingChange | undefined;
  #transfer: PendingTransfer | undefined;

  changeStarted(change: Omit<PendingChange, "isCommitted">): void {
    this.#endChange({ kind: "unknown" });
    this.#change = { ...change, isCommitted: false };
  }

  transferStarted(transfer: PendingTransfer): void {
    this.#endTransfer({ kind: "aborted" });
    this.#transfer = transfer;
  }

  applied(entry: Entry): void {
    const change = this.#change;
    if (change === undefined || entry.index !== change.index) return;
    if (entry.term === change.term) change.isCommitted = true;
    else this.#endChange({ kind: "superseded" });
  }

  /** Looks whether something has ended; called after every turn. */
  settle(view: RaftView, nowMs: number): void {
    this.#settleChange(view, nowMs);
    const transfer = this.#transfer;
    if (transfer === undefined) return;
    const isGivenUp = view.role === "leader" && view.transferTarget === undefined;
    if (view.leader === transfer.to) this.#endTransfer({ kind: "transferred", to: transfer.to });
    else if (isGivenUp || nowMs >= transfer.deadlineMs) this.#endTransfer({ kind: "aborted" });
  }

  stop(): void {
    this.#endChange({ kind: "unknown" });
    this.#endTransfer({ kind: "aborted" });
  }

  #settleChange(view: RaftView, nowMs: number): void {
    const change = this.#change;
    if (change === undefined) return;
    const { index, configuration } = view.configuration;
    const isFinal = !isJoint(configuration) && index <= view.commitIndex;
    if (change.isCommitted && isFinal) {
      this.#endChange(changed(view, index, configuration));
    } else if (nowMs >= change.deadlineMs) {
      this.#endChange({ kind: "unknown" });
    }
  }

  #endChange(outcome: ChangeOutcome): void {
    const change = this.#change;
    this.#change = undefined;
    change?.done(outcome);
  }

  #endTransfer(outcome: TransferOutcome): void {
    const transfer = this.#transfer;
    this.#transfer = undefined;
    transfer?.done(outcome);
  }
}

function changed(view: RaftView, index: LogIndex, configuration: Configuration): ChangeOutcome {
  return { kind: "changed", index, term: view.term, configuration };
}
