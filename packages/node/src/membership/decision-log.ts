import type { Clock, Logger } from "@caucus/base";
import type { MembershipDecision } from "../kv-service.ts";

/** Decisions that are kept; the oldest goes first. */
const DECISIONS_MAX = 32;

/** N35: every decision about the membership is logged with its reason, and the last ones are kept. */
export class DecisionLog {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #decisions: MembershipDecision[] = [];

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Newest last. */
  get decisions(): readonly MembershipDecision[] {
    return [...this.#decisions];
  }

  record(decision: string, reason: string): void {
    this.#logger.info("changing the membership", { decision, reason });
    this.#decisions.push({ timeMs: this.#clock.wallMs(), decision, reason });
    if (this.#decisions.length > DECISIONS_MAX) this.#decisions.shift();
  }
}
