/**
 * Where things are in the StateStore: the only file that knows. The first byte of a state key says
 * what it holds; a reader ignores first bytes that it does not know only if no rule of its own
 * depends on them, so a new kind of record also raises the format of what refers to it.
 *
 * | first byte | rest | holds |
 * |---|---|---|
 * | `d` | the user's key | KeyRecord |
 * | `m` | a name | applied position, configuration, counters, membership policy |
 * | `n` | label, 8 bytes big-endian | address of a node |
 * | `s` | session, 8 bytes big-endian | SessionRecord |
 * | `x` | time and session, 8 bytes big-endian each | empty: the session may expire at that time |
 *
 * `e` (events by revision) and `l` (leases) are kept free for what comes.
 */
import { ByteReader, DecodeError } from "@caucus/base";

const DATA = 0x64;
const META = 0x6d;
const NODE = 0x6e;
const SESSION = 0x73;
const EXPIRY = 0x78;

export const APPLIED_KEY: Uint8Array = metaKey("applied");
export const CONFIGURATION_KEY: Uint8Array = metaKey("configuration");
export const COUNTERS_KEY: Uint8Array = metaKey("counters");
export const MEMBERSHIP_KEY: Uint8Array = metaKey("membership");

/** Bounds of a scan: [from, to). */
export interface KeyBounds {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

export const NODE_BOUNDS: KeyBounds = boundsOf(NODE);
export const EXPIRY_BOUNDS: KeyBounds = boundsOf(EXPIRY);
const DATA_BOUNDS: KeyBounds = boundsOf(DATA);

export function dataKey(key: Uint8Array): Uint8Array {
  const stateKey = new Uint8Array(1 + key.length);
  stateKey[0] = DATA;
  stateKey.set(key, 1);
  return stateKey;
}

/** The user's key in a state key that `dataBounds` found: a view. */
export function userKey(stateKey: Uint8Array): Uint8Array {
  return stateKey.subarray(1);
}

/** User keys in [from, to); an undefined `to` goes to the end of the key space. */
export function dataBounds(from: Uint8Array, to: Uint8Array | undefined): KeyBounds {
  return { from: dataKey(from), to: to === undefined ? DATA_BOUNDS.to : dataKey(to) };
}

export function nodeKey(label: number): Uint8Array {
  return numbersKey(NODE, label);
}

/** The label in a state key that `NODE_BOUNDS` found. */
export function nodeLabel(stateKey: Uint8Array): number {
  const [label] = numbersOf(stateKey, 1);
  return label as number;
}

export function sessionKey(session: number): Uint8Array {
  return numbersKey(SESSION, session);
}

/** Orders sessions by the time at which each may expire. */
export function expiryKey(expiresAtMs: number, session: number): Uint8Array {
  return numbersKey(EXPIRY, expiresAtMs, session);
}

export function parseExpiryKey(stateKey: Uint8Array): { expiresAtMs: number; session: number } {
  const [expiresAtMs, session] = numbersOf(stateKey, 2);
  return { expiresAtMs: expiresAtMs as number, session: session as number };
}

function metaKey(name: string): Uint8Array {
  return Uint8Array.of(META, ...Array.from(name, (letter) => letter.charCodeAt(0)));
}

function boundsOf(first: number): KeyBounds {
  return { from: Uint8Array.of(first), to: Uint8Array.of(first + 1) };
}

/** Big-endian, so that byte order is the order of the numbers. */
function numbersKey(first: number, ...numbers: readonly number[]): Uint8Array {
  const stateKey = new Uint8Array(1 + 8 * numbers.length);
  const view = new DataView(stateKey.buffer);
  stateKey[0] = first;
  numbers.forEach((number, place) => {
    view.setUint32(1 + 8 * place, Math.floor(number / 0x100000000));
    view.setUint32(5 + 8 * place, number % 0x100000000);
  });
  return stateKey;
}

function numbersOf(stateKey: Uint8Array, count: number): readonly number[] {
  const bytes = new ByteReader(stateKey).raw(1 + 8 * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, place) => {
    const high = view.getUint32(1 + 8 * place);
    const number = high * 0x100000000 + view.getUint32(5 + 8 * place);
    if (!Number.isSafeInteger(number)) throw new DecodeError("number in a state key above 2^53");
    return number;
  });
}
