import { assert, ByteReader, type ByteWriter, DecodeError, encodeUtf8 } from "@caucus/base";
import type { ChitchatId } from "../core/chitchat-id.ts";
import { formatOctets, octetsOf, type SocketAddress } from "../core/socket-address.ts";
import { STRING_BYTES_MAX } from "./limits.ts";

/** A u16 byte length, then UTF-8. Longer text is a bug of the caller. */
export function writeString16(writer: ByteWriter, text: string): void {
  const bytes = encodeUtf8(text);
  assert(bytes.length <= STRING_BYTES_MAX, `string of ${bytes.length} bytes`);
  writer.u16(bytes.length);
  writer.raw(bytes);
}

export function readString16(reader: ByteReader): string {
  return reader.utf8(reader.u16());
}

export function writeChitchatId(writer: ByteWriter, id: ChitchatId): void {
  writeString16(writer, id.nodeId);
  writer.u64BigInt(id.generationId);
  writeSocketAddress(writer, id.gossipAdvertiseAddress);
}

export function readChitchatId(reader: ByteReader): ChitchatId {
  return {
    nodeId: readString16(reader),
    generationId: reader.u64BigInt(),
    gossipAdvertiseAddress: readSocketAddress(reader),
  };
}

/**
 * Ids seen before, by their bytes: a digest names the same nodes in every round. Forgets everything
 * when it is full, since what fills it may be an attack.
 */
export class IdTable {
  readonly #ids = new Map<number, { readonly bytes: Uint8Array; readonly id: ChitchatId }>();

  /** The same object for the same bytes, as long as it is remembered. */
  read(reader: ByteReader): ChitchatId {
    const start = reader.offset;
    reader.skip(reader.u16() + GENERATION_BYTES);
    const version = reader.u8();
    if (version !== 4 && version !== 6) throw unknownIpVersion(version);
    reader.skip((version === 4 ? 4 : 16) + PORT_BYTES);
    const bytes = reader.since(start);
    const hash = hashOf(bytes);
    const known = this.#ids.get(hash);
    if (known !== undefined && isSame(known.bytes, bytes)) return known.id;
    const id = readChitchatId(new ByteReader(bytes));
    if (this.#ids.size >= IDS_MAX) this.#ids.clear();
    // A copy, since a view would keep the whole datagram; slice() of a Buffer is a view.
    if (bytes.length <= ID_BYTES_MAX) this.#ids.set(hash, { bytes: new Uint8Array(bytes), id });
    return id;
  }
}

const GENERATION_BYTES = 8;
const PORT_BYTES = 2;
const IDS_MAX = 4_096;
/** Longer ones are read anew each time. */
const ID_BYTES_MAX = 256;

/** FNV-1a. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at++) {
    hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  }
  return hash;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function unknownIpVersion(version: number): DecodeError {
  return new DecodeError(`IP version is ${version}, allowed are 4 and 6`);
}

/** IP version as one byte, the octets in network order, the port little-endian. */
function writeSocketAddress(writer: ByteWriter, { host, port }: SocketAddress): void {
  const octets = octetsOf(host);
  writer.u8(octets.length === 4 ? 4 : 6);
  for (const octet of octets) writer.u8(octet);
  writer.u16(port);
}

function readSocketAddress(reader: ByteReader): SocketAddress {
  const version = reader.u8();
  if (version !== 4 && version !== 6) throw unknownIpVersion(version);
  const host = formatOctets(reader.raw(version === 4 ? 4 : 16));
  return { host, port: reader.u16() };
}
