import { assert, type ByteReader, type ByteWriter } from "@caucus/base";
import { isIdentity } from "../core/identity.ts";
import { readCount } from "./bounds.ts";

const IDENTITY_BYTES = 16;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** A member key or cluster id: 16 raw bytes instead of 32 hex digits. */
export function writeIdentity(writer: ByteWriter, identity: string): void {
  assert(isIdentity(identity), `identity is ${JSON.stringify(identity)}`);
  for (let at = 0; at < identity.length; at += 2) {
    writer.u8(hexDigit(identity.charCodeAt(at)) * 16 + hexDigit(identity.charCodeAt(at + 1)));
  }
}

export function readIdentity(reader: ByteReader): string {
  let identity = "";
  for (let count = 0; count < IDENTITY_BYTES; count++) identity += HEX[reader.u8()];
  return identity;
}

export function writeIdentities(writer: ByteWriter, identities: readonly string[]): void {
  writer.varint(identities.length);
  for (const identity of identities) writeIdentity(writer, identity);
}

/** `countMax` is checked, as the bytes that are left, before anything is allocated. */
export function readIdentities(reader: ByteReader, countMax: number, name: string): string[] {
  const count = readCount(reader, IDENTITY_BYTES, countMax, name);
  const identities: string[] = [];
  for (let i = 0; i < count; i++) identities.push(readIdentity(reader));
  return identities;
}

function hexDigit(code: number): number {
  return code <= 0x39 ? code - 0x30 : code - 0x57;
}
