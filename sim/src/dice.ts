import { assert, createSeededRng, nextInteger, type Rng } from "@caucus/base";

/** One stream of chance. Each concern has its own, so that more of one leaves the others alike. */
export class Dice implements Rng {
  readonly #rng: Rng;

  constructor(seed: number, purpose: string) {
    let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
    for (let i = 0; i < purpose.length; i++) {
      mixed = Math.imul(mixed ^ purpose.charCodeAt(i), 0x01000193);
    }
    this.#rng = createSeededRng(mixed ^ (mixed >>> 15));
  }

  next(): number {
    return this.#rng.next();
  }

  chance(probability: number): boolean {
    return probability > 0 && this.#rng.next() < probability;
  }

  /** Uniform in [0, bound). */
  integer(bound: number): number {
    return nextInteger(this.#rng, bound);
  }

  /** Uniform integer in [low, high]. */
  between(low: number, high: number): number {
    return low + nextInteger(this.#rng, high - low + 1);
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + this.#rng.next() * (high - low);
  }

  /** Exponentially distributed: the waiting time of events that come at random. */
  exponential(mean: number): number {
    return -Math.log(1 - this.#rng.next()) * mean;
  }

  pick<T>(items: readonly T[]): T {
    assert(items.length > 0, "nothing to pick from");
    return items[this.integer(items.length)] as T;
  }

  /** `count` of the items, in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    const rest = items.slice();
    const taken: T[] = [];
    while (taken.length < count && rest.length > 0) {
      taken.push(...rest.splice(this.integer(rest.length), 1));
    }
    return taken;
  }
}
