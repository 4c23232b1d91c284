/**
 * Bytes as a string of the same order: one UTF-16 unit per byte, so that strings compare as the
 * bytes do, and serve as keys of maps.
 */
export function bytesToText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

export function textToBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "latin1"));
}
