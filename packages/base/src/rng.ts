/** Source of randomness, passed in wherever chance is needed. */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
}

/** Uniform integer in [0, bound). */
export function nextInteger(rng: Rng, bound: number): number {
  return Math.floor(rng.next() * bound);
}

/**
 * Deterministic generator: the same seed gives the same sequence on every platform.
 * Algorithm: xoshiro128** (Blackman and Vigna), seeded by splitmix32.
 */
export function createSeededRng(seed: number): Rng {
  let mix = seed >>> 0;
  const seedWord = (): number => {
    mix = (mix + 0x9e3779b9) >>> 0;
    let z = mix;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
  let a = seedWord();
  let b = seedWord();
  let c = seedWord();
  let d = seedWord();
  return {
    next(): number {
      const product = Math.imul(b, 5);
      const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      return result / 0x100000000;
    },
  };
}
