/**
 * How long received datagrams may keep this process busy between two rounds. Time is what is counted,
 * as the cost of a datagram depends on what is in it far more than on its length.
 */
export class ReceiveBudget {
  readonly #limitMs: number;
  #spentMs = 0;
  #hasDropped = false;
  #isFlooded = false;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** False when the datagram is to be dropped. */
  admits(): boolean {
    if (this.#spentMs < this.#limitMs) return true;
    this.#hasDropped = true;
    return false;
  }

  spend(durationMs: number): void {
    this.#spentMs += durationMs;
  }

  /**
   * A round begins, and with it a new share. What the last datagram took too much is forgiven: most
   * likely this process was not running meanwhile. True when a flood begins.
   */
  renew(): boolean {
    this.#spentMs = 0;
    const isNew = this.#hasDropped && !this.#isFlooded;
    this.#isFlooded = this.#hasDropped;
    this.#hasDropped = false;
    return isNew;
  }
}
