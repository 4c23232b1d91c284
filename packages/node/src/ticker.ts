import type { Clock } from "@caucus/base";
import type { Deadlines } from "./deadlines.ts";

/** The one timer of a node: drives its deadlines and, once there is one, its Raft driver. */
export class Ticker {
  readonly #deadlines: Deadlines;
  readonly #clock: Clock;
  readonly #timer: NodeJS.Timeout;
  #tick: (() => void) | undefined;

  constructor(deadlines: Deadlines, clock: Clock, tickMs: number) {
    this.#deadlines = deadlines;
    this.#clock = clock;
    this.#timer = setInterval(() => this.#run(), tickMs);
  }

  /** Calls `tick` at each tick from now on. */
  drive(tick: () => void): void {
    this.#tick = tick;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #run(): void {
    this.#deadlines.advance(this.#clock.monotonicMs());
    this.#tick?.();
  }
}
