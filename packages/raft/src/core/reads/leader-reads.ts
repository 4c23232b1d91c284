/**
 * The leader's side of ReadIndex (Raft §8, thesis §6.4). A read that arrives is given the commit
 * index of that moment and the next round; a round is confirmed when a quorum has answered a
 * heartbeat or append that was sent after the round began. Reads that arrive in one turn share
 * one round.
 */
import { assert } from "@caucus/base";
import type { LogIndex } from "../identity.ts";
import type { ReadContext } from "../message.ts";

interface WaitingRead {
  readonly context: ReadContext;
  readonly index: LogIndex;
  readonly round: number;
}

export interface AnsweredRead {
  readonly context: ReadContext;
  readonly index: LogIndex;
}

export class LeaderReads {
  readonly #readsMax: number;
  /** Arrived before the leader had committed in its own term. */
  #early: ReadContext[] = [];
  /** In order of rounds. */
  #waiting: WaitingRead[] = [];
  /** The latest round that messages carry. */
  round = 0;

  constructor(readsMax: number) {
    this.#readsMax = readsMax;
  }

  /** Queues a read; dropped at the limit (the asker retries). */
  add(context: ReadContext, commitIndex: LogIndex, hasCommittedInTerm: boolean): void {
    if (this.#early.length + this.#waiting.length >= this.#readsMax) return;
    if (hasCommittedInTerm) {
      this.#waiting.push({ context, index: commitIndex, round: this.round + 1 });
    } else {
      this.#early.push(context);
    }
  }

  /** The leader has committed in its term: what came early starts its round now. */
  releaseEarly(commitIndex: LogIndex): void {
    for (const context of this.#early) {
      this.#waiting.push({ context, index: commitIndex, round: this.round + 1 });
    }
    this.#early = [];
  }

  /** Begins the next round when a read waits for it. Answers whether heartbeats must go out. */
  beginRound(): boolean {
    const last = this.#waiting[this.#waiting.length - 1];
    if (last === undefined || last.round <= this.round) return false;
    assert(last.round === this.round + 1, "reads wait for at most the next round");
    this.round++;
    return true;
  }

  /** A quorum has answered `round`: everything up to it is confirmed. */
  confirm(round: number): readonly AnsweredRead[] {
    let count = 0;
    while (count < this.#waiting.length && (this.#waiting[count] as WaitingRead).round <= round) {
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }
}
