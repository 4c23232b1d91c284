/** A value whose readers see its latest state; those who are slow miss what was in between. */
export class LatestValue<T> {
  #version = 0;
  #isClosed = false;
  #value: T;
  #waiting = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  set(value: T): void {
    this.#value = value;
    this.#version++;
    this.#wake();
  }

  /** Ends every reader. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** Yields the value of now, then each change. Leaving the loop ends it. */
  changes(): AsyncIterableIterator<T> {
    let seen = -1;
    let isDone = false;
    let wake: (() => void) | undefined;
    const next = async (): Promise<IteratorResult<T>> => {
      while (!isDone && !this.#isClosed) {
        if (seen !== this.#version) {
          seen = this.#version;
          return { done: false, value: this.#value };
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
          this.#waiting.add(resolve);
        });
      }
      return { done: true, value: undefined };
    };
    const finish = async (): Promise<IteratorResult<T>> => {
      isDone = true;
      if (wake !== undefined) this.#waiting.delete(wake);
      wake?.();
      return { done: true, value: undefined };
    };
    return {
      next,
      return: finish,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }
}
