import type { MemberKey } from "../identity.ts";
import type { ReadContext } from "../message.ts";

/** Read-index rounds that this node has asked for and not yet got; lost ones are asked again. */
export class OwnReads {
  readonly #key: MemberKey;
  readonly #startCounter: number;
  readonly #readsMax: number;
  /** Number of the read → when it was last asked, in ms; undefined before the first time. */
  readonly #asked = new Map<number, number | undefined>();

  constructor(key: MemberKey, startCounter: number, readsMax: number) {
    this.#key = key;
    this.#startCounter = startCounter;
    this.#readsMax = readsMax;
  }

  /** False at the limit. */
  add(number: number): boolean {
    if (this.#asked.size >= this.#readsMax) return false;
    this.#asked.set(number, undefined);
    return true;
  }

  cancel(number: number): void {
    this.#asked.delete(number);
  }

  /** Contexts to ask now: new ones, and those unanswered for `retryMs`. */
  due(nowMs: number, retryMs: number): readonly ReadContext[] {
    const due: ReadContext[] = [];
    for (const [number, askedMs] of this.#asked) {
      if (askedMs !== undefined && nowMs - askedMs < retryMs) continue;
      this.#asked.set(number, nowMs);
      due.push({ key: this.#key, startCounter: this.#startCounter, number });
    }
    return due;
  }

  /** R14: an answer counts only for a question of this very process. */
  answered(context: ReadContext): boolean {
    if (context.key !== this.#key) return false;
    if (context.startCounter !== this.#startCounter) return false;
    return this.#asked.delete(context.number);
  }
}
