import { CaucusError, encodeUtf8 } from "@caucus/base";
import { isWellFormed } from "./text-order.ts";

/**
 * Set by a node that stops on purpose. To nodes that do not know it, it is an ordinary key; the
 * others count its owner as gone at once.
 */
export const LEFT_KEY = "__caucus_left";

/** Type, blocks of 16 KiB with their headers, and the end of the delta. */
const DELTA_OVERHEAD_BYTES = 4 * 3 + 1;
/** Tag, two lengths, version, status. */
const KEY_VALUE_OVERHEAD_BYTES = 1 + 2 + 2 + 8 + 1;
/** Tag and two versions. */
const NODE_OVERHEAD_BYTES = 1 + 8 + 8;

/** The first character of `key` takes more than one byte, which the Rust library does not survive. */
export function isNonAsciiKey(key: string): boolean {
  return key.length > 0 && key.charCodeAt(0) >= 0x80;
}

/** Bytes of key and value that fit into one datagram of a node whose encoded id has `idBytes`. */
export function keyValueBytesMax(idBytes: number, datagramBytes: number): number {
  const overhead = DELTA_OVERHEAD_BYTES + NODE_OVERHEAD_BYTES + KEY_VALUE_OVERHEAD_BYTES;
  return datagramBytes - overhead - idBytes;
}

function keyValueBytes(key: string, value: string): number {
  // The bound of UTF-8 is three bytes per unit; most texts are far from any limit.
  return encodeUtf8(key).length + encodeUtf8(value).length;
}

/** Throws CaucusError `invalid_argument` for what no peer could take. */
export function checkKeyValue(
  key: string,
  value: string,
  limits: { readonly bytesMax: number; readonly allowNonAsciiKeys: boolean },
): void {
  if (!isWellFormed(key) || !isWellFormed(value)) {
    const which = isWellFormed(key) ? `value of key ${JSON.stringify(key)}` : "key";
    throw new CaucusError("invalid_argument", `the ${which} has a lone surrogate: not UTF-8`);
  }
  if (isNonAsciiKey(key) && !limits.allowNonAsciiKeys) {
    throw new CaucusError(
      "invalid_argument",
      `key ${JSON.stringify(key)}: its first character must be ASCII, since another one stops nodes ` +
        "of the Rust library; allowNonAsciiKeys permits it in clusters without them",
    );
  }
  const bytes = keyValueBytes(key, value);
  if (bytes > limits.bytesMax) {
    throw new CaucusError(
      "invalid_argument",
      `key and value have ${bytes} bytes, allowed are ${limits.bytesMax}: ` +
        "they must fit into one datagram",
    );
  }
}
