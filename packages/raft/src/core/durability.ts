/**
 * Which of the handed-out batches the disk has, and the messages that wait for them. Batches
 * become durable in order. A truncation clips what the batches still being written can promise:
 * their entries may be gone from the log by the time the disk reports (no ABA).
 */
import { assert } from "@caucus/base";
import type { LogIndex } from "./identity.ts";
import type { Message } from "./message.ts";

interface BatchInFlight {
  readonly sequence: number;
  /** The log's last index after this batch, lowered by later truncations. */
  durableTo: LogIndex;
  readonly held: Message[];
}

export class Durability {
  #nextSequence = 1;
  #inFlight: BatchInFlight[] = [];
  /** Messages that wait for the batch that is not yet taken. */
  #held: Message[] = [];
  /** The term or vote changed since the last batch. */
  #hardStateChanged: boolean = false;
  /** The batch that carries the latest term and vote. */
  #hardStateSequence = 0;

  hardStateChanged(): void {
    this.#hardStateChanged = true;
  }

  needsHardState(): boolean {
    return this.#hardStateChanged;
  }

  isHardStateDurable(): boolean {
    if (this.#hardStateChanged) return false;
    const oldest = this.#inFlight[0];
    return oldest === undefined || oldest.sequence > this.#hardStateSequence;
  }

  isAllDurable(): boolean {
    return !this.#hardStateChanged && this.#inFlight.length === 0;
  }

  hold(message: Message): void {
    this.#held.push(message);
  }

  /** The log was truncated to end before `index`. */
  truncatedFrom(index: LogIndex): void {
    for (const batch of this.#inFlight) batch.durableTo = Math.min(batch.durableTo, index - 1);
  }

  /** A batch is handed out; what was held so far waits for it. */
  begin(lastIndex: LogIndex): number {
    const sequence = this.#nextSequence++;
    if (this.#hardStateChanged) {
      this.#hardStateChanged = false;
      this.#hardStateSequence = sequence;
    }
    this.#inFlight.push({ sequence, durableTo: lastIndex, held: this.#held });
    this.#held = [];
    return sequence;
  }

  /** Nothing new to persist: held messages join the youngest batch, or go if there is none. */
  releaseUnbatched(): readonly Message[] {
    const youngest = this.#inFlight[this.#inFlight.length - 1];
    const held = this.#held;
    this.#held = [];
    if (youngest === undefined) return held;
    youngest.held.push(...held);
    return [];
  }

  /** All batches up to `sequence` are durable. */
  persisted(sequence: number): { readonly durableTo: LogIndex; readonly messages: Message[] } {
    assert(sequence < this.#nextSequence, `batch ${sequence} was never handed out`);
    let durableTo = 0;
    const messages: Message[] = [];
    while (this.#inFlight.length > 0 && (this.#inFlight[0] as BatchInFlight).sequence <= sequence) {
      const batch = this.#inFlight.shift() as BatchInFlight;
      durableTo = Math.max(durableTo, batch.durableTo);
      messages.push(...batch.held);
    }
    return { durableTo, messages };
  }
}
