import { type ByteReader, DecodeError } from "@caucus/base";

/**
 * The bytes were made by a newer version of this program. Where they are committed they can't be
 * skipped: the node must stop.
 */
export class NewerFormatError extends DecodeError {
  readonly found: number;
  readonly newest: number;

  constructor(format: string, found: number, newest: number) {
    super(`${format} has format version ${found}, the newest known is ${newest}`);
    this.found = found;
    this.newest = newest;
  }
}

/** Reads the version byte that each format starts with: 1 to `newest`, else a DecodeError. */
export function readVersion(reader: ByteReader, format: string, newest: number): number {
  const found = reader.u8();
  if (found > newest) throw new NewerFormatError(format, found, newest);
  if (found === 0) throw new DecodeError(`${format} has format version 0, the oldest is 1`);
  return found;
}
