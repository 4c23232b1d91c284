import { assertNever, type ByteReader, type ByteWriter, DecodeError } from "@caucus/base";
import type { Entry, EntryKind } from "../core/entry.ts";
import { readVersion } from "./bounds.ts";

const ENTRY_VERSION = 1;

/** Version, kind, index, term and the length of no data. */
export const ENTRY_BYTES_MIN = 5;

/** One entry, in a log record as in an append. Ends by itself: entries may follow each other. */
export function writeEntry(writer: ByteWriter, entry: Entry): void {
  writer.u8(ENTRY_VERSION);
  writer.u8(kindNumber(entry.kind));
  writer.varint(entry.index);
  writer.varint(entry.term);
  writer.bytes(entry.data);
}

/** `data` is a view into the reader's input: copy it when the input is large and the entry stays. */
export function readEntry(reader: ByteReader): Entry {
  readVersion(reader, ENTRY_VERSION, "entry");
  const kind = kindOf(reader.u8());
  const index = reader.varint();
  if (index === 0) throw new DecodeError("entry index is 0, the first entry has index 1");
  const term = reader.varint();
  return { index, term, kind, data: reader.bytes() };
}

function kindNumber(kind: EntryKind): number {
  switch (kind) {
    case "empty":
      return 0;
    case "command":
      return 1;
    case "configuration":
      return 2;
    default:
      return assertNever(kind);
  }
}

function kindOf(number: number): EntryKind {
  switch (number) {
    case 0:
      return "empty";
    case 1:
      return "command";
    case 2:
      return "configuration";
    default:
      throw new DecodeError(`entry kind is ${number}, allowed are 0 to 2`);
  }
}
