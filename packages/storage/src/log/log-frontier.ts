import { assert } from "@caucus/base";
import type { HardState, LogBatch, LogIndex, SnapshotMeta, Term } from "@caucus/raft";
import type { LogPosition } from "../fence/fence.ts";
import type { LogWrite } from "../write.ts";
import { TermRuns } from "./term-runs.ts";

/**
 * The bounds, terms and hard state of a log as they will be when everything that was handed over
 * is written. Turns each LogBatch into a LogWrite, and asserts that the batch follows the rules
 * of LogStore. Shared by all adapters, and free of I/O.
 */
export class LogFrontier {
  readonly #terms: TermRuns;
  #hardState: HardState;

  /** Starts with an empty log behind `compacted`; opening then calls `recover` for each entry. */
  constructor(compacted: LogPosition, hardState: HardState) {
    this.#terms = new TermRuns(compacted);
    this.#hardState = hardState;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  get compacted(): LogPosition {
    return this.#terms.compacted;
  }

  get last(): LogPosition {
    return this.#terms.last;
  }

  recover(index: LogIndex, term: Term): void {
    this.#terms.append(index, term);
  }

  /** Also of the last compacted index; undefined outside of the log. */
  termAt(index: LogIndex): Term | undefined {
    return this.#terms.termAt(index);
  }

  /** `generation` of the install must be sealed; the caller has checked that. */
  write(batch: LogBatch, generation: number | undefined): LogWrite {
    const before = this.last;
    const firstEntry = batch.entries[0]?.index;
    let keep: LogPosition | undefined;
    if (batch.install !== undefined) keep = this.#install(batch.install.meta);
    if (firstEntry !== undefined && firstEntry <= this.last.index) {
      const truncated = this.#truncate(firstEntry);
      if (keep === undefined || truncated.index < keep.index) keep = truncated;
    }
    const kept = this.last.index;
    for (const entry of batch.entries) this.#terms.append(entry.index, entry.term);
    const hardState = batch.hardState ?? this.#hardState;
    const previous = this.#hardState;
    assert(hardState.term >= previous.term, `term ${hardState.term} follows ${previous.term}`);
    this.#hardState = hardState;
    const last = this.last;
    return {
      kind: "log",
      hardState,
      entries: batch.entries,
      dropFrom: Math.min(kept, before.index) + 1,
      dropTo: before.index + 1,
      compacted: this.compacted,
      install:
        batch.install === undefined || generation === undefined
          ? undefined
          : { meta: batch.install.meta, generation },
      fence: {
        keep,
        tip: { ...hardState, lastIndex: last.index, lastTerm: last.term },
        hardStateChanged: hardState.term !== previous.term || hardState.vote !== previous.vote,
      },
    };
  }

  /** False when the log already starts there or later. */
  compact(index: LogIndex, term: Term): boolean {
    if (index <= this.compacted.index) return false;
    const held = this.termAt(index);
    assert(held === term, `compacted to ${index} of term ${term}, the log holds term ${held}`);
    this.#terms.compactTo(index);
    return true;
  }

  #truncate(from: LogIndex): LogPosition {
    const compacted = this.compacted.index;
    assert(from > compacted, `entry ${from} is compacted, the log starts behind ${compacted}`);
    this.#terms.truncateAfter(from - 1);
    return this.last;
  }

  /** What the old log and the new one have in common: all up to the snapshot, if it matches. */
  #install(meta: SnapshotMeta): LogPosition | undefined {
    const { compacted, last } = this;
    assert(meta.index > compacted.index, `snapshot ${meta.index} is not above ${compacted.index}`);
    const matches = this.termAt(meta.index) === meta.term;
    this.#terms.reset({ index: meta.index, term: meta.term });
    if (meta.index > last.index) return undefined;
    return matches ? { index: meta.index, term: meta.term } : compacted;
  }
}
