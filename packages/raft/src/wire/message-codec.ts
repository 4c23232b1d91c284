/**
 * The frame: all messages of one turn from one member to another, in one piece.
 *
 *   version u8 · cluster 16 · from 16 · to 16 · count varint · messages
 *   message: kind u8 · term varint · fields of the kind (docs/wire/raft.md)
 *
 * Cluster and keys stand before the first term, so that a frame for somebody else is dropped
 * before any term of it is read.
 */
import { assert, assertNever, ByteReader, ByteWriter, DecodeError } from "@caucus/base";
import { type Entry, entryBytes } from "../core/entry.ts";
import type { ClusterId, MemberKey } from "../core/identity.ts";
import type { Append, AppendReply, Message, MessageKind, ReadContext } from "../core/message.ts";
import { readVersion } from "./bounds.ts";
import { ENTRY_BYTES_MIN, readEntry, writeEntry } from "./entry-codec.ts";
import { readIdentity, writeIdentity } from "./identity-codec.ts";

const FRAME_VERSION = 1;

/** Kind and term. */
const MESSAGE_BYTES_MIN = 2;

/** More than any message without entries needs, so that most frames are written without growing. */
const MESSAGE_BYTES_HINT = 64;

/** The position in this list is the number on the wire: append only. */
const KINDS: readonly MessageKind[] = [
  "pre-vote",
  "pre-vote-reply",
  "vote",
  "vote-reply",
  "append",
  "append-reply",
  "heartbeat",
  "heartbeat-reply",
  "timeout-now",
  "read-index",
  "read-index-reply",
];

/** Who speaks to whom, in which cluster. */
export interface FrameHeader {
  readonly cluster: ClusterId;
  readonly from: MemberKey;
  readonly to: MemberKey;
}

export type Frame =
  | { readonly kind: "messages"; readonly messages: readonly Message[] }
  /** Of another cluster, or for another key: nothing behind the header was read. */
  | { readonly kind: "misdirected"; readonly header: FrameHeader };

/** One frame. All messages must be from `header.from` to `header.to`. */
export function encodeMessages(header: FrameHeader, messages: readonly Message[]): Uint8Array {
  const writer = new ByteWriter(sizeHint(messages));
  writer.u8(FRAME_VERSION);
  writeIdentity(writer, header.cluster);
  writeIdentity(writer, header.from);
  writeIdentity(writer, header.to);
  writer.varint(messages.length);
  for (const message of messages) {
    assert(
      message.from === header.from && message.to === header.to,
      `${message.kind} from ${message.from} to ${message.to} in a frame of another pair`,
    );
    writeMessage(writer, message);
  }
  return writer.finish();
}

/**
 * Throws DecodeError, and nothing else, on bytes that are not one whole frame. The data of
 * entries are views into `bytes`, unless that would keep much more memory alive than they use.
 */
export function decodeMessages(bytes: Uint8Array, expected: FrameHeader): Frame {
  const reader = new ByteReader(bytes);
  readVersion(reader, FRAME_VERSION, "frame");
  const cluster = readIdentity(reader);
  const from = readIdentity(reader);
  const to = readIdentity(reader);
  if (cluster !== expected.cluster || from !== expected.from || to !== expected.to) {
    return { kind: "misdirected", header: { cluster, from, to } };
  }
  const count = reader.count(MESSAGE_BYTES_MIN);
  const messages: Message[] = [];
  for (let i = 0; i < count; i++) {
    messages.push(readMessage(reader, from, to, bytes.buffer.byteLength));
  }
  reader.end();
  return { kind: "messages", messages };
}

function sizeHint(messages: readonly Message[]): number {
  let bytes = MESSAGE_BYTES_HINT;
  for (const message of messages) {
    bytes += MESSAGE_BYTES_HINT;
    if (message.kind === "append") for (const entry of message.entries) bytes += entryBytes(entry);
  }
  return bytes;
}

function writeMessage(writer: ByteWriter, message: Message): void {
  writer.u8(KINDS.indexOf(message.kind));
  writer.varint(message.term);
  switch (message.kind) {
    case "pre-vote":
    case "vote":
      writer.varint(message.lastIndex);
      writer.varint(message.lastTerm);
      if (message.kind === "vote") writer.boolean(message.transfer);
      return;
    case "pre-vote-reply":
    case "vote-reply":
      writer.boolean(message.granted);
      return;
    case "append":
      writeAppend(writer, message);
      return;
    case "append-reply":
      writeAppendReply(writer, message);
      return;
    case "heartbeat":
      writer.varint(message.commit);
      writer.varint(message.readRound);
      return;
    case "heartbeat-reply":
      writer.varint(message.readRound);
      return;
    case "timeout-now":
      return;
    case "read-index":
      writeReadContext(writer, message.context);
      return;
    case "read-index-reply":
      writeReadContext(writer, message.context);
      writer.varint(message.index);
      return;
    default:
      assertNever(message);
  }
}

function readMessage(
  reader: ByteReader,
  from: MemberKey,
  to: MemberKey,
  retainedBytes: number,
): Message {
  const number = reader.u8();
  const kind = KINDS[number];
  if (kind === undefined) {
    throw new DecodeError(`message kind is ${number}, allowed are 0 to ${KINDS.length - 1}`);
  }
  const term = reader.varint();
  switch (kind) {
    case "pre-vote":
      return { kind, from, to, term, lastIndex: reader.varint(), lastTerm: reader.varint() };
    case "vote": {
      const lastIndex = reader.varint();
      const lastTerm = reader.varint();
      return { kind, from, to, term, lastIndex, lastTerm, transfer: reader.boolean() };
    }
    case "pre-vote-reply":
    case "vote-reply":
      return { kind, from, to, term, granted: reader.boolean() };
    case "append":
      return { kind, from, to, term, ...readAppend(reader, retainedBytes) };
    case "append-reply":
      return { kind, from, to, term, ...readAppendReply(reader) };
    case "heartbeat":
      return { kind, from, to, term, commit: reader.varint(), readRound: reader.varint() };
    case "heartbeat-reply":
      return { kind, from, to, term, readRound: reader.varint() };
    case "timeout-now":
      return { kind, from, to, term };
    case "read-index":
      return { kind, from, to, term, context: readReadContext(reader) };
    case "read-index-reply":
      return { kind, from, to, term, context: readReadContext(reader), index: reader.varint() };
    default:
      return assertNever(kind);
  }
}

function writeAppend(writer: ByteWriter, message: Append): void {
  writer.varint(message.previousIndex);
  writer.varint(message.previousTerm);
  writer.varint(message.commit);
  writer.varint(message.readRound);
  writer.varint(message.entries.length);
  for (const entry of message.entries) writeEntry(writer, entry);
}

type AppendFields = Omit<Append, "kind" | "from" | "to" | "term">;

function readAppend(reader: ByteReader, retainedBytes: number): AppendFields {
  const previousIndex = reader.varint();
  const previousTerm = reader.varint();
  const commit = reader.varint();
  const readRound = reader.varint();
  const count = reader.count(ENTRY_BYTES_MIN);
  const entries: Entry[] = [];
  for (let i = 0; i < count; i++) {
    const entry = readEntry(reader);
    if (entry.index !== previousIndex + 1 + i) {
      throw new DecodeError(`entry ${entry.index} stands where ${previousIndex + 1 + i} belongs`);
    }
    entries.push(entry);
  }
  const detached = detachEntries(entries, retainedBytes);
  return { previousIndex, previousTerm, commit, readRound, entries: detached };
}

/**
 * Entries stay in memory until they are compacted, and views keep their whole buffer alive: a
 * socket buffer of 64 KiB for one entry of 100 bytes. Where the views would keep more than twice
 * their own size, they are copied together, which keeps exactly it.
 */
function detachEntries(entries: readonly Entry[], retainedBytes: number): readonly Entry[] {
  if (entries.length === 0) return entries;
  let dataBytes = 0;
  for (const entry of entries) dataBytes += entry.data.length;
  if (retainedBytes <= 2 * dataBytes) return entries;
  const copy = new Uint8Array(dataBytes);
  let at = 0;
  return entries.map((entry) => {
    const end = at + entry.data.length;
    copy.set(entry.data, at);
    const data = copy.subarray(at, end);
    at = end;
    return { ...entry, data };
  });
}

function writeAppendReply(writer: ByteWriter, message: AppendReply): void {
  writer.boolean(message.rejected);
  if (message.rejected) {
    writer.varint(message.rejectedIndex);
    writer.varint(message.hintIndex);
    writer.varint(message.hintTerm);
  } else {
    writer.varint(message.matchIndex);
  }
  writer.varint(message.readRound);
}

type AppendReplyFields =
  | { rejected: false; matchIndex: number; readRound: number }
  | {
      rejected: true;
      rejectedIndex: number;
      hintIndex: number;
      hintTerm: number;
      readRound: number;
    };

function readAppendReply(reader: ByteReader): AppendReplyFields {
  if (!reader.boolean()) {
    return { rejected: false, matchIndex: reader.varint(), readRound: reader.varint() };
  }
  const rejectedIndex = reader.varint();
  const hintIndex = reader.varint();
  const hintTerm = reader.varint();
  return { rejected: true, rejectedIndex, hintIndex, hintTerm, readRound: reader.varint() };
}

function writeReadContext(writer: ByteWriter, context: ReadContext): void {
  writeIdentity(writer, context.key);
  writer.varint(context.startCounter);
  writer.varint(context.number);
}

function readReadContext(reader: ByteReader): ReadContext {
  const key = readIdentity(reader);
  return { key, startCounter: reader.varint(), number: reader.varint() };
}
