import { type ByteReader, DecodeError } from "@caucus/base";

/** Reads a format's version byte; a newer format is refused by its number, never guessed at. */
export function readVersion(reader: ByteReader, supported: number, format: string): void {
  const version = reader.u8();
  if (version !== supported) {
    throw new DecodeError(`${format} has format version ${version}, supported is ${supported}`);
  }
}

/** A count of items that is within its limit and within the bytes that are left. */
export function readCount(
  reader: ByteReader,
  itemBytesMin: number,
  countMax: number,
  name: string,
): number {
  const count = reader.count(itemBytesMin);
  if (count > countMax) throw new DecodeError(`${count} ${name}, allowed are ${countMax}`);
  return count;
}
