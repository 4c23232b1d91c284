import { assert } from "@caucus/base";
import type { LogIndex, Term } from "@caucus/raft";
import type { LogPosition } from "../fence/fence.ts";

interface TermRun {
  /** The first index of its term. */
  readonly first: LogIndex;
  readonly term: Term;
}

/**
 * The term of every index of a log: terms never fall along the log, so one number per election
 * is enough and no read of an entry is needed. Covers (compacted, last] and `compacted` itself.
 */
export class TermRuns {
  #compacted: LogPosition;
  #lastIndex: LogIndex;
  #runs: TermRun[] = [];

  constructor(compacted: LogPosition) {
    this.#compacted = compacted;
    this.#lastIndex = compacted.index;
  }

  get compacted(): LogPosition {
    return this.#compacted;
  }

  get last(): LogPosition {
    return { index: this.#lastIndex, term: this.#runs.at(-1)?.term ?? this.#compacted.term };
  }

  append(index: LogIndex, term: Term): void {
    const last = this.last;
    assert(index === last.index + 1, `entry ${index} follows ${last.index}`);
    assert(term >= last.term, `term ${term} at ${index} follows term ${last.term}`);
    if (term !== this.#runs.at(-1)?.term) this.#runs.push({ first: index, term });
    this.#lastIndex = index;
  }

  /** Forgets everything above `index`. */
  truncateAfter(index: LogIndex): void {
    assert(index >= this.#compacted.index, `truncated after ${index}, in the compacted part`);
    while ((this.#runs.at(-1)?.first ?? 0) > index) this.#runs.pop();
    this.#lastIndex = Math.min(this.#lastIndex, index);
  }

  /** Forgets everything at or below `index`, except its term. */
  compactTo(index: LogIndex): void {
    const term = this.termAt(index);
    assert(term !== undefined, `compacted to ${index}, which the log does not hold`);
    this.#compacted = { index, term };
    const kept = this.#runs.findLastIndex((run) => run.first <= index + 1);
    if (kept > 0) this.#runs = this.#runs.slice(kept);
    if (this.#lastIndex === index) this.#runs = [];
  }

  /** Starts anew behind `position`. */
  reset(position: LogPosition): void {
    this.#compacted = position;
    this.#lastIndex = position.index;
    this.#runs = [];
  }

  termAt(index: LogIndex): Term | undefined {
    if (index === this.#compacted.index) return this.#compacted.term;
    if (index < this.#compacted.index || index > this.#lastIndex) return undefined;
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#runs[middle] as TermRun).first <= index) low = middle;
      else high = middle - 1;
    }
    return this.#runs[low]?.term;
  }
}
