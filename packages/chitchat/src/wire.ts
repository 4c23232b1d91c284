// The public entry "@caucus/chitchat/wire": bytes to values and back, without any state.
import { ByteReader, ByteWriter } from "@caucus/base";
import type { ChitchatId } from "./core/chitchat-id.ts";
import type { Delta } from "./core/delta.ts";
import type { Digest } from "./core/digest.ts";
import type { Message } from "./core/message.ts";
import { readChitchatId, writeChitchatId } from "./wire/chitchat-id-codec.ts";
import { readDelta, writeDelta } from "./wire/delta-codec.ts";
import { readDigest, writeDigest } from "./wire/digest-codec.ts";
import { encodeWholeMessage, readMessage } from "./wire/message-codec.ts";
import { zstd } from "./zstd.ts";

export { DecodeError } from "@caucus/base";
export type { ChitchatId } from "./core/chitchat-id.ts";
export type { Delta, KeyStatus, KeyValueUpdate, NodeDelta } from "./core/delta.ts";
export type { Digest, NodeDigest } from "./core/digest.ts";
export type { Message } from "./core/message.ts";
export type { SocketAddress } from "./core/socket-address.ts";
export { formatSocketAddress, parseSocketAddress } from "./core/socket-address.ts";

/** Like all decoders here: throws DecodeError and nothing else, and ignores what follows the value. */
export function decodeChitchatId(bytes: Uint8Array): ChitchatId {
  return readChitchatId(new ByteReader(bytes));
}

export function decodeDigest(bytes: Uint8Array): Digest {
  return readDigest(new ByteReader(bytes));
}

/** A delta that expands to more than 8 MiB is cut at the last whole operation below. */
export function decodeDelta(bytes: Uint8Array): Delta {
  return readDelta(new ByteReader(bytes), zstd);
}

/** One datagram. */
export function decodeMessage(bytes: Uint8Array): Message {
  return readMessage(new ByteReader(bytes), zstd);
}

export function encodeChitchatId(id: ChitchatId): Uint8Array {
  return written((writer) => writeChitchatId(writer, id));
}

/** Entries are written in ascending order of ids, whatever order they come in. */
export function encodeDigest(digest: Digest): Uint8Array {
  return written((writer) => writeDigest(writer, digest));
}

/** Blocks are compressed where that saves bytes. */
export function encodeDelta(delta: Delta): Uint8Array {
  return written((writer) => writeDelta(writer, delta, zstd));
}

/** Does not look at the size of a datagram. */
export function encodeMessage(message: Message): Uint8Array {
  return encodeWholeMessage(message, zstd);
}

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.finish();
}
