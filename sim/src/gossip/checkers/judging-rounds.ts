import type { Cause, ObservedProcess } from "./gossip-checker.ts";

/**
 * Tells the rounds in which a node must have done its chores: not those of a process that slept,
 * which looks at what came meanwhile before it judges (G13).
 */
export class JudgingRounds {
  readonly #lastMs = new Map<ObservedProcess, number>();

  /** Call at the end of every event of the process. */
  isOne(process: ObservedProcess, cause: Cause): boolean {
    if (cause !== "round") return false;
    const { nowMs } = process;
    const lastMs = this.#lastMs.get(process) ?? nowMs;
    this.#lastMs.set(process, nowMs);
    return nowMs - lastMs < 2 * process.rules.gossipIntervalMs;
  }
}

/** Chores are done once per round: this much later they must be. */
export function latenessMs({ rules }: ObservedProcess): number {
  return 3 * rules.gossipIntervalMs;
}
