// Phi accrual: how suspicious a silence is depends on how regular the heartbeats were before it.
import type { ChitchatConfig } from "./chitchat-config.ts";

/** The mean starts as if so many initial intervals had been seen. */
const PRIOR_WEIGHT = 5;

export type FailureDetectorConfig = Pick<
  ChitchatConfig,
  "phiThreshold" | "samplingWindowSize" | "maxIntervalMs" | "initialIntervalMs" | "deadNodeGraceMs"
>;

/** The last intervals between the heartbeats of one node. */
class SamplingWindow {
  readonly #intervals: number[] = [];
  #next = 0;
  #sum = 0;
  #lastMs: number | undefined;

  report(nowMs: number, config: FailureDetectorConfig): void {
    const last = this.#lastMs;
    this.#lastMs = nowMs;
    if (last === undefined || nowMs - last > config.maxIntervalMs) return;
    const interval = (nowMs - last) / 1_000;
    this.#sum += interval - (this.#intervals[this.#next] ?? 0);
    this.#intervals[this.#next] = interval;
    this.#next = (this.#next + 1) % config.samplingWindowSize;
  }

  /** The time of the last heartbeat stays, so that one more is enough after a short silence. */
  clear(): void {
    this.#intervals.length = 0;
    this.#next = 0;
    this.#sum = 0;
  }

  phi(nowMs: number, initialIntervalMs: number): number | undefined {
    if (this.#lastMs === undefined || this.#intervals.length === 0) return undefined;
    const weight = this.#intervals.length + PRIOR_WEIGHT;
    const mean = (this.#sum + (PRIOR_WEIGHT * initialIntervalMs) / 1_000) / weight;
    return (nowMs - this.#lastMs) / 1_000 / mean;
  }
}

/** Live and dead nodes, by the key of their id. Every node that was evaluated is one of them. */
export class FailureDetector {
  readonly #config: FailureDetectorConfig;
  readonly #windows = new Map<string, SamplingWindow>();
  readonly #live = new Set<string>();
  /** With the time of death. */
  readonly #dead = new Map<string, number>();

  constructor(config: FailureDetectorConfig) {
    this.#config = config;
  }

  live(): IterableIterator<string> {
    return this.#live.values();
  }

  dead(): IterableIterator<string> {
    return this.#dead.keys();
  }

  get liveCount(): number {
    return this.#live.size;
  }

  isLive(key: string): boolean {
    return this.#live.has(key);
  }

  isDead(key: string): boolean {
    return this.#dead.has(key);
  }

  /** A heartbeat above the one known before was seen. */
  reportHeartbeat(key: string, nowMs: number): void {
    let window = this.#windows.get(key);
    if (window === undefined) {
      window = new SamplingWindow();
      this.#windows.set(key, window);
    }
    window.report(nowMs, this.#config);
  }

  /** Silence in units of the mean interval; undefined before two heartbeats were seen. */
  phi(key: string, nowMs: number): number | undefined {
    return this.#windows.get(key)?.phi(nowMs, this.#config.initialIntervalMs);
  }

  /** Judges one node; a node that `hasLeft` is dead whatever its heartbeats say. */
  evaluate(key: string, nowMs: number, hasLeft = false): "up" | "down" | "same" {
    const phi = this.phi(key, nowMs);
    if (phi !== undefined && phi <= this.#config.phiThreshold && !hasLeft) {
      this.#dead.delete(key);
      if (this.#live.has(key)) return "same";
      this.#live.add(key);
      return "up";
    }
    const wasLive = this.#live.delete(key);
    if (!this.#dead.has(key)) this.#dead.set(key, nowMs);
    this.#windows.get(key)?.clear();
    return wasLive ? "down" : "same";
  }

  /** Dead for more than half of the grace: no longer offered to others. */
  isScheduledForDeletion(key: string, nowMs: number): boolean {
    const sinceMs = this.#dead.get(key);
    return sinceMs !== undefined && sinceMs + this.#config.deadNodeGraceMs / 2 < nowMs;
  }

  /** Removes and returns the nodes that were dead for the whole grace. */
  collect(nowMs: number): string[] {
    const collected: string[] = [];
    for (const [key, sinceMs] of this.#dead) {
      if (nowMs >= sinceMs + this.#config.deadNodeGraceMs) collected.push(key);
    }
    for (const key of collected) this.remove(key);
    return collected;
  }

  remove(key: string): void {
    this.#windows.delete(key);
    this.#live.delete(key);
    this.#dead.delete(key);
  }
}
