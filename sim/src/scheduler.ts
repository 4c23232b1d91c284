import { assert } from "@caucus/base";

/** A planned event; cancelled ones are skipped and do not count as steps. */
export interface Timer {
  cancel(): void;
}

class ScheduledEvent implements Timer {
  readonly timeMs: number;
  readonly sequence: number;
  run: (() => void) | undefined;

  constructor(timeMs: number, sequence: number, run: () => void) {
    this.timeMs = timeMs;
    this.sequence = sequence;
    this.run = run;
  }

  cancel(): void {
    this.run = undefined;
  }
}

/** Earlier time first; at the same time, first planned first: the order is total. */
function before(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.sequence < b.sequence);
}

/** Virtual time, in fractional milliseconds, and the queue of everything that will happen. */
export class Scheduler {
  #nowMs = 0;
  #sequence = 0;
  #steps = 0;
  /** Binary min-heap. */
  readonly #heap: ScheduledEvent[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events run so far. */
  get steps(): number {
    return this.#steps;
  }

  after(delayMs: number, run: () => void): Timer {
    assert(delayMs >= 0, `delay is ${delayMs}`);
    const event = new ScheduledEvent(this.#nowMs + delayMs, this.#sequence++, run);
    this.#push(event);
    return event;
  }

  /** Runs the next event and moves time to it; false when nothing is planned. */
  step(): boolean {
    for (;;) {
      const event = this.#pop();
      if (event === undefined) return false;
      const run = event.run;
      if (run === undefined) continue;
      this.#nowMs = event.timeMs;
      this.#steps++;
      run();
      return true;
    }
  }

  #push(event: ScheduledEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as ScheduledEvent;
      if (before(above, event)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): ScheduledEvent | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || top === last) return top;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (
        right < heap.length &&
        before(heap[right] as ScheduledEvent, heap[child] as ScheduledEvent)
      ) {
        child = right;
      }
      const below = heap[child] as ScheduledEvent;
      if (before(last, below)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
