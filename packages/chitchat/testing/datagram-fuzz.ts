// Datagrams that are nearly right: real ones with bits flipped, cut, spliced and stretched.
import { DecodeError, nextInteger, type Rng } from "@caucus/base";

export interface FuzzResult {
  readonly decoded: number;
  readonly refused: number;
  /** Longest time of one datagram, in ms. */
  readonly slowestMs: number;
}

export interface FuzzOptions {
  readonly datagrams: readonly Uint8Array[];
  readonly count: number;
  readonly rng: Rng;
  /** Must throw DecodeError or nothing. */
  readonly decode: (bytes: Uint8Array) => void;
  readonly nowMs: () => number;
}

/** Throws what `decode` threw when that was anything but a DecodeError. */
export function fuzzDatagrams(options: FuzzOptions): FuzzResult {
  const { datagrams, count, rng, decode, nowMs } = options;
  let decoded = 0;
  let refused = 0;
  let slowestMs = 0;
  for (let at = 0; at < count; at++) {
    const bytes = mutate(pick(datagrams, rng), datagrams, rng);
    const startMs = nowMs();
    try {
      decode(bytes);
      decoded++;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      refused++;
    }
    slowestMs = Math.max(slowestMs, nowMs() - startMs);
  }
  return { decoded, refused, slowestMs };
}

function pick<T>(items: readonly T[], rng: Rng): T {
  return items[nextInteger(rng, items.length)] as T;
}

const EDGES: readonly number[] = [0, 1, 2, 3, 4, 6, 0x7f, 0x80, 0xfe, 0xff];

function mutate(original: Uint8Array, all: readonly Uint8Array[], rng: Rng): Uint8Array {
  let bytes: Uint8Array = original.slice();
  for (let count = 1 + nextInteger(rng, 4); count > 0; count--) {
    const at = nextInteger(rng, bytes.length + 1);
    switch (nextInteger(rng, 6)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << nextInteger(rng, 8));
        break;
      case 1:
        if (at < bytes.length) bytes[at] = pick(EDGES, rng);
        break;
      case 2:
        bytes = bytes.slice(0, at);
        break;
      case 3: {
        const other = pick(all, rng);
        bytes = joined(bytes.subarray(0, at), other.subarray(nextInteger(rng, other.length + 1)));
        break;
      }
      case 4: {
        const end = at + nextInteger(rng, 64);
        bytes = joined(bytes.subarray(0, end), bytes.subarray(at));
        break;
      }
      default: {
        const noise = Uint8Array.from({ length: nextInteger(rng, 16) }, () =>
          nextInteger(rng, 256),
        );
        bytes = joined(joined(bytes.subarray(0, at), noise), bytes.subarray(at));
      }
    }
  }
  return bytes.length > 65_507 ? bytes.slice(0, 65_507) : bytes;
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + tail.length);
  bytes.set(head);
  bytes.set(tail, head.length);
  return bytes;
}
