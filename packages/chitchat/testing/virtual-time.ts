import { assert } from "@caucus/base";
import type { GossipTimers } from "../src/driver/ports.ts";

interface Timer {
  readonly dueMs: number;
  /** Timers of the same moment fire in the order in which they were started. */
  readonly order: number;
  run: (() => void) | undefined;
}

/** Time that passes only when it is told to. */
export class VirtualTime implements GossipTimers {
  readonly #heap: Timer[] = [];
  #nowMs = 0;
  #started = 0;

  monotonicMs(): number {
    return this.#nowMs;
  }

  startTimer(delayMs: number, run: () => void): () => void {
    const timer: Timer = { dueMs: this.#nowMs + delayMs, order: this.#started++, run };
    this.#push(timer);
    return () => {
      timer.run = undefined;
    };
  }

  /** Fires everything that is due within `durationMs`, in order, and stands at its end. */
  runFor(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    for (
      let next = this.#heap[0];
      next !== undefined && next.dueMs <= endMs;
      next = this.#heap[0]
    ) {
      this.#pop();
      assert(next.dueMs >= this.#nowMs, "virtual time goes back");
      this.#nowMs = next.dueMs;
      next.run?.();
    }
    this.#nowMs = endMs;
  }

  /** Runs in steps until `condition` holds; the time that took, or undefined after `limitMs`. */
  runUntil(condition: () => boolean, limitMs: number, stepMs = 10): number | undefined {
    const startMs = this.#nowMs;
    while (!condition()) {
      if (this.#nowMs - startMs >= limitMs) return undefined;
      this.runFor(stepMs);
    }
    return this.#nowMs - startMs;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(timer, heap[parent] as Timer)) break;
      heap[at] = heap[parent] as Timer;
      at = parent;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Timer)) child++;
      if (!isBefore(heap[child] as Timer, last)) break;
      heap[at] = heap[child] as Timer;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs !== b.dueMs ? a.dueMs < b.dueMs : a.order < b.order;
}
