import type { Clock } from "@caucus/base";
import type { Scheduler } from "./scheduler.ts";

/** Wall time at virtual time 0, ms since the epoch. */
const EPOCH_MS = 1_700_000_000_000;

/** The clock of one machine: it may run too fast or too slow, and its wall time may be wrong. */
export class MachineClock implements Clock {
  readonly #scheduler: Scheduler;
  #rate = 1;
  #localMs: number;
  #sinceMs = 0;
  #wallOffsetMs = 0;

  constructor(scheduler: Scheduler, originMs: number) {
    this.#scheduler = scheduler;
    this.#localMs = originMs;
  }

  monotonicMs(): number {
    return this.#localMs + (this.#scheduler.nowMs - this.#sinceMs) * this.#rate;
  }

  wallMs(): number {
    return Math.floor(EPOCH_MS + this.#scheduler.nowMs + this.#wallOffsetMs);
  }

  /** Local milliseconds per true one. */
  get rate(): number {
    return this.#rate;
  }

  setRate(rate: number): void {
    this.#localMs = this.monotonicMs();
    this.#sinceMs = this.#scheduler.nowMs;
    this.#rate = rate;
  }

  jumpWall(offsetMs: number): void {
    this.#wallOffsetMs += offsetMs;
  }
}
