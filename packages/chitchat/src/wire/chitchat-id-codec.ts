import { assert, type ByteReader, type ByteWriter, DecodeError, encodeUtf8 } from "@caucus/base";
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

/** IP version as one byte, the octets in network order, the port little-endian. */
function writeSocketAddress(writer: ByteWriter, { host, port }: SocketAddress): void {
  const octets = octetsOf(host);
  writer.u8(octets.length === 4 ? 4 : 6);
  for (const octet of octets) writer.u8(octet);
  writer.u16(port);
}

function readSocketAddress(reader: ByteReader): SocketAddress {
  const version = reader.u8();
  if (version !== 4 && version !== 6) {
    throw new DecodeError(`IP version is ${version}, allowed are 4 and 6`);
  }
  const host = formatOctets(reader.raw(version === 4 ? 4 : 16));
  return { host, port: reader.u16() };
}
