/** Something that ends at a time unless it is dropped before. */
export interface Deadline {
  readonly bucket: number;
  readonly expire: () => void;
}

/** How late an expiry may come, in ms. */
const RESOLUTION_MS = 20;

/**
 * Every deadline of one process behind one ticker: no timer per request. Deadlines are kept in
 * buckets of {@link RESOLUTION_MS}, so that adding, dropping and advancing cost O(1) each; an
 * expiry is never early, and late by one bucket and one tick at most.
 */
export class Deadlines {
  readonly #buckets: Map<number, Set<Deadline>> = new Map();
  #next: number;

  constructor(nowMs: number) {
    this.#next = Math.floor(nowMs / RESOLUTION_MS);
  }

  get size(): number {
    let size = 0;
    for (const bucket of this.#buckets.values()) size += bucket.size;
    return size;
  }

  /** Calls `expire` once when `deadlineMs` (monotonic) has passed, from inside `advance`. */
  add(deadlineMs: number, expire: () => void): Deadline {
    const bucket = Math.max(Math.ceil(deadlineMs / RESOLUTION_MS), this.#next);
    const deadline: Deadline = { bucket, expire };
    const set = this.#buckets.get(bucket);
    if (set === undefined) this.#buckets.set(bucket, new Set([deadline]));
    else set.add(deadline);
    return deadline;
  }

  /** Does nothing when it has expired already. */
  drop(deadline: Deadline): void {
    const set = this.#buckets.get(deadline.bucket);
    if (set === undefined) return;
    set.delete(deadline);
    if (set.size === 0) this.#buckets.delete(deadline.bucket);
  }

  advance(nowMs: number): void {
    const last = Math.floor(nowMs / RESOLUTION_MS);
    while (this.#next <= last) {
      // Moved on first: what is added meanwhile goes to a later bucket and can't loop here.
      const number = this.#next++;
      const bucket = this.#buckets.get(number);
      if (bucket === undefined) continue;
      for (const deadline of bucket) deadline.expire();
      this.#buckets.delete(number);
    }
  }

  /** Expires everything now: the process stops. */
  expireAll(): void {
    const buckets = [...this.#buckets.values()];
    this.#buckets.clear();
    for (const bucket of buckets) for (const deadline of bucket) deadline.expire();
  }
}
