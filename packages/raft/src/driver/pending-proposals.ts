import type { Entry } from "../core/entry.ts";
import type { LogIndex, Term } from "../core/identity.ts";
import type { ProposalOutcome } from "./outcome.ts";

type Done = (outcome: ProposalOutcome) => void;

interface Pending {
  readonly term: Term;
  readonly deadlineMs: number;
  readonly done: Done;
}

/** Proposals that were appended here and wait for their index to be applied. */
export class PendingProposals {
  readonly #max: number;
  readonly #ended: Record<ProposalOutcome["kind"], number>;
  readonly #pending = new Map<LogIndex, Pending>();

  /** `ended` is counted up. */
  constructor(max: number, ended: Record<ProposalOutcome["kind"], number>) {
    this.#max = max;
    this.#ended = ended;
  }

  get size(): number {
    return this.#pending.size;
  }

  isFull(): boolean {
    return this.#pending.size >= this.#max;
  }

  add(index: LogIndex, term: Term, deadlineMs: number, done: Done): void {
    // A truncated entry of an earlier leadership may have stood here: it can't win any more.
    const overwritten = this.#pending.get(index);
    this.#pending.set(index, { term, deadlineMs, done });
    if (overwritten !== undefined) this.#end(overwritten, { kind: "unknown" });
  }

  /** An entry is applied: whoever proposed at its index learns how that ended. */
  applied(entry: Entry, result: unknown): void {
    const pending = this.#pending.get(entry.index);
    if (pending === undefined) return;
    this.#pending.delete(entry.index);
    if (pending.term === entry.term) {
      this.#end(pending, { kind: "applied", index: entry.index, term: entry.term, result });
    } else {
      this.#end(pending, { kind: "superseded" });
    }
  }

  /** A snapshot has taken the place of everything up to `index`. */
  skipped(index: LogIndex): void {
    this.#finish((at) => at <= index);
  }

  expire(nowMs: number): void {
    this.#finish((_, pending) => nowMs >= pending.deadlineMs);
  }

  stop(): void {
    this.#finish(() => true);
  }

  #finish(isOver: (index: LogIndex, pending: Pending) => boolean): void {
    for (const [index, pending] of this.#pending) {
      if (!isOver(index, pending)) continue;
      this.#pending.delete(index);
      this.#end(pending, { kind: "unknown" });
    }
  }

  #end(pending: Pending, outcome: ProposalOutcome): void {
    this.#ended[outcome.kind] += 1;
    pending.done(outcome);
  }
}
