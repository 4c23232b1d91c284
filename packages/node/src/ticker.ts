import type { Deadlines } from "./deadlines.ts";
import type { Surroundings } from "./surroundings.ts";

/** The one timer of a node: drives its deadlines and, once there is one, its Raft driver. */
export class Ticker {
  /** Ends the ticks. */
  readonly stop: () => void;
  #tick: (() => void) | undefined;

  constructor(
    deadlines: Deadlines,
    { clock, repeat }: Pick<Surroundings, "clock" | "repeat">,
    tickMs: number,
  ) {
    this.stop = repeat(tickMs, () => {
      deadlines.advance(clock.monotonicMs());
      this.#tick?.();
    });
  }

  /** Calls `tick` at each tick from now on. */
  drive(tick: () => void): void {
    this.#tick = tick;
  }
}
