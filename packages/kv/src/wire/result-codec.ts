/** Bytes of answers: cached in sessions, and sent by the leader to the node that forwarded. */
import { assertNever, ByteReader, ByteWriter, DecodeError } from "@caucus/base";
import { OPERATIONS_MAX, VALUE_BYTES_MAX } from "../core/command.ts";
import type { KeyRecord } from "../core/record.ts";
import type { CommandResult } from "../core/result.ts";
import { readVersion } from "./format-version.ts";
import { decodeRecord, encodeRecord } from "./record-codec.ts";

export const RESULT_FORMAT = 1;

/** Numbers on the wire: never given to another meaning. */
const DONE = 1;
const TRANSACTION = 2;
const COMPARE_AND_SET = 3;
const SESSION = 4;
const REFUSED = 5;

type RefusalReason = Extract<CommandResult, { kind: "refused" }>["reason"];

/** The number of a reason is its place here, from 1: append only. */
const REASONS: readonly RefusalReason[] = [
  "session-expired",
  "session-limit",
  "sequence-gone",
  "too-many-keys",
  "invalid",
];

/** An encoded record is its value and at most so much more. */
const RECORD_BYTES_MAX = VALUE_BYTES_MAX + 64;
const MESSAGE_BYTES_MAX = 4096;

export function encodeResult(result: CommandResult): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(RESULT_FORMAT);
  switch (result.kind) {
    case "done":
      writer.u8(DONE);
      writer.varint(result.revision);
      writer.varint(result.count);
      writeRecord(writer, result.previous);
      break;
    case "transaction":
      writer.u8(TRANSACTION);
      writer.varint(result.revision);
      writer.boolean(result.succeeded);
      writer.varint(result.previous.length);
      for (const record of result.previous) writeRecord(writer, record);
      break;
    case "compare-and-set":
      writer.u8(COMPARE_AND_SET);
      writer.varint(result.revision);
      writer.boolean(result.succeeded);
      writeRecord(writer, result.current);
      break;
    case "session":
      writer.u8(SESSION);
      writer.varint(result.revision);
      writer.varint(result.session);
      break;
    case "refused":
      writer.u8(REFUSED);
      writer.u8(REASONS.indexOf(result.reason) + 1);
      writer.string(result.message);
      break;
    default:
      assertNever(result);
  }
  return writer.finish();
}

/** @throws DecodeError, or its subclass NewerFormatError. Values are views into `bytes`. */
export function decodeResult(bytes: Uint8Array): CommandResult {
  const reader = new ByteReader(bytes);
  readVersion(reader, "command result", RESULT_FORMAT);
  const result = readResult(reader);
  reader.end();
  return result;
}

function readResult(reader: ByteReader): CommandResult {
  const number = reader.u8();
  switch (number) {
    case DONE: {
      const revision = reader.varint();
      const count = reader.varint();
      return { kind: "done", revision, count, previous: readRecord(reader) };
    }
    case TRANSACTION: {
      const revision = reader.varint();
      const succeeded = reader.boolean();
      const count = reader.count(1);
      if (count > OPERATIONS_MAX) {
        throw new DecodeError(`${count} previous records, allowed are ${OPERATIONS_MAX}`);
      }
      const previous: (KeyRecord | undefined)[] = [];
      for (let i = 0; i < count; i++) previous.push(readRecord(reader));
      return { kind: "transaction", revision, succeeded, previous };
    }
    case COMPARE_AND_SET: {
      const revision = reader.varint();
      const succeeded = reader.boolean();
      return { kind: "compare-and-set", revision, succeeded, current: readRecord(reader) };
    }
    case SESSION: {
      const revision = reader.varint();
      return { kind: "session", revision, session: reader.varint() };
    }
    case REFUSED: {
      const reasonNumber = reader.u8();
      const reason = REASONS[reasonNumber - 1];
      if (reason === undefined) {
        throw new DecodeError(
          `refusal reason is ${reasonNumber}, allowed are 1 to ${REASONS.length}`,
        );
      }
      return { kind: "refused", reason, message: reader.string(MESSAGE_BYTES_MAX) };
    }
    default:
      throw new DecodeError(`result kind is ${number}, allowed are ${DONE} to ${REFUSED}`);
  }
}

function writeRecord(writer: ByteWriter, record: KeyRecord | undefined): void {
  writer.boolean(record !== undefined);
  if (record !== undefined) writer.bytes(encodeRecord(record));
}

function readRecord(reader: ByteReader): KeyRecord | undefined {
  return reader.boolean() ? decodeRecord(reader.bytes(RECORD_BYTES_MAX)) : undefined;
}
