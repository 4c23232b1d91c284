import { assert } from "./assert.ts";

/** First in, first out, with a hard capacity: `push` answers `false` when full. */
export class BoundedQueue<T> {
  readonly #capacity: number;
  #head: T[] = [];
  #headIndex = 0;
  #tail: T[] = [];

  constructor(capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity > 0, `capacity is ${capacity}`);
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#head.length - this.#headIndex + this.#tail.length;
  }

  push(item: T): boolean {
    if (this.length >= this.#capacity) return false;
    this.#tail.push(item);
    return true;
  }

  shift(): T | undefined {
    if (this.#headIndex === this.#head.length) {
      if (this.#tail.length === 0) return undefined;
      // Swapping the two arrays keeps each operation O(1) without a ring of holes.
      this.#head = this.#tail;
      this.#headIndex = 0;
      this.#tail = [];
    }
    const item = this.#head[this.#headIndex];
    this.#head[this.#headIndex++] = undefined as T;
    return item;
  }
}
