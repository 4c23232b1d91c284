/** Since when nothing has gone wrong anywhere in the world. */
export class Calm {
  readonly #nowMs: () => number;
  #disturbedUntilMs = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Something goes wrong now, and for so long. */
  disturb(lastsMs: number): void {
    this.#disturbedUntilMs = Math.max(this.#disturbedUntilMs, this.#nowMs() + lastsMs);
  }

  get calmForMs(): number {
    return this.#nowMs() - this.#disturbedUntilMs;
  }
}
