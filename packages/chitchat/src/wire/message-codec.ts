import { assertNever, type ByteReader, ByteWriter, DecodeError } from "@caucus/base";
import type { Digest } from "../core/digest.ts";
import type { Message } from "../core/message.ts";
import { readString16, writeString16 } from "./chitchat-id-codec.ts";
import type { BlockCompression } from "./compression.ts";
import { readDelta, writeDelta } from "./delta-codec.ts";
import { readDigest, writeDigest } from "./digest-codec.ts";

const MAGIC = 0xb053;
const PROTOCOL_VERSION = 0;

const SYN = 0;
const SYN_ACK = 1;
const ACK = 2;
const BAD_CLUSTER = 3;

function startMessage(type: number): ByteWriter {
  const writer = new ByteWriter(1_024);
  writer.u16(MAGIC);
  writer.u8(PROTOCOL_VERSION);
  writer.u8(type);
  return writer;
}

/** `digest` and `delta` are encoded already: sizes decided what is in them. */
export function encodeSyn(digest: Uint8Array, clusterId: string): Uint8Array {
  const writer = startMessage(SYN);
  writer.raw(digest);
  writeString16(writer, clusterId);
  return writer.finish();
}

export function encodeSynAck(digest: Uint8Array, delta: Uint8Array): Uint8Array {
  const writer = startMessage(SYN_ACK);
  writer.raw(digest);
  writer.raw(delta);
  return writer.finish();
}

export function encodeAck(delta: Uint8Array): Uint8Array {
  const writer = startMessage(ACK);
  writer.raw(delta);
  return writer.finish();
}

export function encodeBadCluster(): Uint8Array {
  return startMessage(BAD_CLUSTER).finish();
}

/** The whole message, however long it gets: sizing a delta is the business of {@link DeltaWriter}. */
export function encodeWholeMessage(message: Message, compression: BlockCompression): Uint8Array {
  switch (message.kind) {
    case "syn":
      return encodeSyn(encodedDigest(message.digest), message.clusterId);
    case "syn-ack":
      return encodeSynAck(encodedDigest(message.digest), encodedDelta(message, compression));
    case "ack":
      return encodeAck(encodedDelta(message, compression));
    case "bad-cluster":
      return encodeBadCluster();
    default:
      return assertNever(message);
  }
}

function encodedDigest(digest: Digest): Uint8Array {
  const writer = new ByteWriter();
  writeDigest(writer, digest);
  return writer.finish();
}

function encodedDelta(
  { delta }: Extract<Message, { kind: "syn-ack" | "ack" }>,
  compression: BlockCompression,
): Uint8Array {
  const writer = new ByteWriter();
  writeDelta(writer, delta, compression);
  return writer.finish();
}

/** Ignores bytes behind the end of the message, as every implementation does. */
export function readMessage(reader: ByteReader, compression: BlockCompression): Message {
  const magic = reader.u16();
  const version = reader.u8();
  if (magic !== MAGIC) throw new DecodeError(`magic number is ${magic}, it must be ${MAGIC}`);
  if (version !== PROTOCOL_VERSION) {
    throw new DecodeError(`protocol version is ${version}, it must be ${PROTOCOL_VERSION}`);
  }
  const type = reader.u8();
  switch (type) {
    case SYN: {
      const digest = readDigest(reader);
      return { kind: "syn", clusterId: readString16(reader), digest };
    }
    case SYN_ACK: {
      const digest = readDigest(reader);
      return { kind: "syn-ack", digest, delta: readDelta(reader, compression) };
    }
    case ACK:
      return { kind: "ack", delta: readDelta(reader, compression) };
    case BAD_CLUSTER:
      return { kind: "bad-cluster" };
    default:
      throw new DecodeError(`message type is ${type}, allowed are 0 to 3`);
  }
}
