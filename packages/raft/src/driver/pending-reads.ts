import type { LogIndex } from "../core/identity.ts";
import type { ReadOutcome } from "./outcome.ts";

interface Reader {
  readonly deadlineMs: number;
  readonly done: (outcome: ReadOutcome) => void;
}

interface Round {
  readonly readers: Reader[];
  /** Confirmed with this read index; undefined while the leader has not answered. */
  index: LogIndex | undefined;
}

/** What the reads need of the core. */
export interface ReadRounds {
  readIndex(number: number): boolean;
  cancelRead(number: number): void;
}

/** Linearizable reads of this node. All that arrive between two turns share one round. */
export class PendingReads {
  readonly #max: number;
  readonly #ended: Record<ReadOutcome["kind"], number>;
  #readers = 0;
  #nextNumber = 1;
  #arrived: Reader[] = [];
  readonly #rounds = new Map<number, Round>();

  /** `ended` is counted up. */
  constructor(max: number, ended: Record<ReadOutcome["kind"], number>) {
    this.#max = max;
    this.#ended = ended;
  }

  get size(): number {
    return this.#readers;
  }

  isFull(): boolean {
    return this.#readers >= this.#max;
  }

  add(reader: Reader): void {
    this.#readers++;
    this.#arrived.push(reader);
  }

  /** Starts a round for what has arrived; at the core's limit they wait for the next turn. */
  begin(rounds: ReadRounds): void {
    if (this.#arrived.length === 0 || !rounds.readIndex(this.#nextNumber)) return;
    this.#rounds.set(this.#nextNumber++, { readers: this.#arrived, index: undefined });
    this.#arrived = [];
  }

  confirmed(number: number, index: LogIndex): void {
    const round = this.#rounds.get(number);
    if (round !== undefined) round.index = index;
  }

  /** Answers every confirmed round that the state machine has reached. */
  answer(appliedIndex: LogIndex): void {
    for (const [number, { index, readers }] of this.#rounds) {
      if (index === undefined || index > appliedIndex) continue;
      this.#rounds.delete(number);
      this.#finish(readers, { kind: "ready", index });
    }
  }

  expire(nowMs: number, hasLeader: boolean, rounds: ReadRounds): void {
    const outcome: ReadOutcome = hasLeader ? { kind: "timeout" } : { kind: "no-leader" };
    this.#arrived = this.#expireOf(this.#arrived, nowMs, outcome);
    for (const [number, round] of this.#rounds) {
      const left = this.#expireOf(round.readers, nowMs, outcome);
      if (left.length === 0) {
        this.#rounds.delete(number);
        rounds.cancelRead(number);
      } else if (left.length < round.readers.length) {
        this.#rounds.set(number, { readers: left, index: round.index });
      }
    }
  }

  stop(): void {
    const open = [...this.#rounds.values()].flatMap((round) => round.readers);
    this.#rounds.clear();
    const arrived = this.#arrived;
    this.#arrived = [];
    this.#finish([...open, ...arrived], { kind: "stopped" });
  }

  #expireOf(readers: Reader[], nowMs: number, outcome: ReadOutcome): Reader[] {
    if (!readers.some((reader) => nowMs >= reader.deadlineMs)) return readers;
    const left = readers.filter((reader) => nowMs < reader.deadlineMs);
    this.#finish(
      readers.filter((reader) => nowMs >= reader.deadlineMs),
      outcome,
    );
    return left;
  }

  #finish(readers: readonly Reader[], outcome: ReadOutcome): void {
    this.#readers -= readers.length;
    this.#ended[outcome.kind] += readers.length;
    for (const reader of readers) reader.done(outcome);
  }
}
