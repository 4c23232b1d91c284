import { assert } from "@caucus/base";
import type { LogIndex } from "../identity.ts";

interface Inflight {
  readonly lastIndex: LogIndex;
  readonly bytes: number;
}

/** Appends that were sent to one follower and not yet answered, bounded in messages and bytes. */
export class InflightWindow {
  readonly #messagesMax: number;
  readonly #bytesMax: number;
  #sent: Inflight[] = [];
  #bytes = 0;

  constructor(messagesMax: number, bytesMax: number) {
    this.#messagesMax = messagesMax;
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#sent.length;
  }

  isFull(): boolean {
    return this.#sent.length >= this.#messagesMax || this.#bytes >= this.#bytesMax;
  }

  add(lastIndex: LogIndex, bytes: number): void {
    assert(!this.isFull(), "append sent beyond the window");
    this.#sent.push({ lastIndex, bytes });
    this.#bytes += bytes;
  }

  /** Everything up to `index` was answered. */
  release(index: LogIndex): void {
    let count = 0;
    while (count < this.#sent.length && (this.#sent[count] as Inflight).lastIndex <= index) {
      this.#bytes -= (this.#sent[count] as Inflight).bytes;
      count++;
    }
    if (count > 0) this.#sent.splice(0, count);
  }

  /** Frees the oldest slot: its append or answer may have been lost. */
  releaseOldest(): void {
    const oldest = this.#sent.shift();
    if (oldest !== undefined) this.#bytes -= oldest.bytes;
  }

  clear(): void {
    this.#sent = [];
    this.#bytes = 0;
  }
}
