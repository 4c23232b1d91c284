import { ByteReader, ByteWriter } from "@caucus/base";
import type { KeyRecord } from "../core/record.ts";
import { readVersion } from "./format-version.ts";

export const RECORD_FORMAT = 1;

/** The state record of a key; the value comes last and needs no length. */
export function encodeRecord(record: KeyRecord): Uint8Array {
  const writer = new ByteWriter(33 + record.value.length);
  writer.u8(RECORD_FORMAT);
  writer.varint(record.createRevision);
  writer.varint(record.modRevision);
  writer.varint(record.version);
  writer.varint(record.lease);
  writer.raw(record.value);
  return writer.finish();
}

/** @throws DecodeError, or its subclass NewerFormatError. The value is a view into `bytes`. */
export function decodeRecord(bytes: Uint8Array): KeyRecord {
  const reader = new ByteReader(bytes);
  readVersion(reader, "key record", RECORD_FORMAT);
  return {
    createRevision: reader.varint(),
    modRevision: reader.varint(),
    version: reader.varint(),
    lease: reader.varint(),
    value: reader.raw(reader.remaining),
  };
}
