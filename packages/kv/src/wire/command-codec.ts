/**
 * Bytes of commands, as docs/wire/kv.md has them. A follower forwards `encodeCommand`; the leader
 * puts its time in front of those same bytes (`wrapCommand`), and the result is the log entry.
 */
import { assertNever, ByteReader, ByteWriter, DecodeError } from "@caucus/base";
import {
  ADDRESS_BYTES_MAX,
  type Command,
  type CommandEnvelope,
  KEY_BYTES_MAX,
  type SessionTag,
  VALUE_BYTES_MAX,
} from "../core/command.ts";
import { readVersion } from "./format-version.ts";
import {
  readConditions,
  readOperations,
  writeConditions,
  writeOperations,
} from "./operation-codec.ts";

/**
 * A new kind of command or a new field raises it: an older node must stop, not skip. Each command
 * is written in the lowest format that has it, so that a node of an older version stops only at
 * what it can't apply.
 */
export const COMMAND_FORMAT = 2;
export const ENVELOPE_FORMAT = 1;

/** Numbers on the wire: never given to another meaning. */
const PUT = 1;
const DELETE = 2;
const DELETE_RANGE = 3;
const BATCH = 4;
const TRANSACTION = 5;
const GET_AND_SET = 6;
const COMPARE_AND_SET = 7;
const SET_NODE = 8;
const OPEN_SESSION = 9;
/** Since format 2. */
const SET_MEMBERSHIP_POLICY = 10;

/** A command and the session tag that makes it exactly-once. */
export interface TaggedCommand {
  readonly command: Command;
  readonly session: SessionTag | undefined;
}

/** The form in which a command travels to the leader. Call `validateCommand` first. */
export function encodeCommand(command: Command, session?: SessionTag): Uint8Array {
  const writer = new ByteWriter(32 + payloadBytes(command));
  writeTaggedCommand(writer, command, session);
  return writer.finish();
}

/**
 * Keys and values are views into `bytes`.
 * @throws DecodeError, or its subclass NewerFormatError.
 */
export function decodeCommand(bytes: Uint8Array): TaggedCommand {
  return readTaggedCommand(new ByteReader(bytes));
}

/** The log entry of an encoded command: no second encoding. `leaderTimeMs` is a safe integer ≥ 0. */
export function wrapCommand(command: Uint8Array, leaderTimeMs: number): Uint8Array {
  const writer = new ByteWriter(ENVELOPE_HEADER_BYTES + command.length);
  writeEnvelopeHeader(writer, leaderTimeMs);
  writer.raw(command);
  return writer.finish();
}

/** The same bytes as `wrapCommand(encodeCommand(command, session), leaderTimeMs)`, in one pass. */
export function encodeEnvelope(envelope: CommandEnvelope): Uint8Array {
  const { command, session, leaderTimeMs } = envelope;
  const writer = new ByteWriter(ENVELOPE_HEADER_BYTES + 32 + payloadBytes(command));
  writeEnvelopeHeader(writer, leaderTimeMs);
  writeTaggedCommand(writer, command, session);
  return writer.finish();
}

/**
 * Keys and values are views into `bytes`.
 * @throws DecodeError, or its subclass NewerFormatError.
 */
export function decodeEnvelope(bytes: Uint8Array): CommandEnvelope {
  const reader = new ByteReader(bytes);
  readVersion(reader, "command envelope", ENVELOPE_FORMAT);
  const leaderTimeMs = reader.u64();
  return { leaderTimeMs, ...readTaggedCommand(reader) };
}

const ENVELOPE_HEADER_BYTES = 9;

function writeEnvelopeHeader(writer: ByteWriter, leaderTimeMs: number): void {
  writer.u8(ENVELOPE_FORMAT);
  writer.u64(leaderTimeMs);
}

function writeTaggedCommand(
  writer: ByteWriter,
  command: Command,
  session: SessionTag | undefined,
): void {
  writer.u8(command.kind === "set-membership-policy" ? COMMAND_FORMAT : 1);
  writer.boolean(session !== undefined);
  if (session !== undefined) {
    writer.varint(session.session);
    writer.varint(session.sequence);
    writer.varint(session.lowestUnanswered);
  }
  writeCommand(writer, command);
}

function readTaggedCommand(reader: ByteReader): TaggedCommand {
  readVersion(reader, "command", COMMAND_FORMAT);
  const session: SessionTag | undefined = reader.boolean()
    ? { session: reader.varint(), sequence: reader.varint(), lowestUnanswered: reader.varint() }
    : undefined;
  const command = readCommand(reader);
  reader.end();
  return { command, session };
}

function writeCommand(writer: ByteWriter, command: Command): void {
  switch (command.kind) {
    case "put":
    case "get-and-set":
      writer.u8(command.kind === "put" ? PUT : GET_AND_SET);
      writer.bytes(command.key);
      writer.bytes(command.value);
      return;
    case "delete":
      writer.u8(DELETE);
      writer.bytes(command.key);
      return;
    case "delete-range":
      writer.u8(DELETE_RANGE);
      writer.bytes(command.from);
      writer.boolean(command.to !== undefined);
      if (command.to !== undefined) writer.bytes(command.to);
      return;
    case "batch":
      writer.u8(BATCH);
      writeOperations(writer, command.operations);
      return;
    case "transaction":
      writer.u8(TRANSACTION);
      writer.boolean(command.returnPrevious);
      writeConditions(writer, command.conditions);
      writeOperations(writer, command.then);
      writeOperations(writer, command.otherwise);
      return;
    case "compare-and-set":
      writer.u8(COMPARE_AND_SET);
      writer.bytes(command.key);
      writer.varint(command.expectedVersion);
      writer.bytes(command.value);
      return;
    case "set-node":
      writer.u8(SET_NODE);
      writer.varint(command.label);
      writer.string(command.address);
      return;
    case "open-session":
      writer.u8(OPEN_SESSION);
      return;
    case "set-membership-policy":
      writer.u8(SET_MEMBERSHIP_POLICY);
      writer.u8(command.automatic === undefined ? UNCHANGED : Number(command.automatic));
      writeLabels(writer, command.pause);
      writeLabels(writer, command.readmit);
      return;
    default:
      assertNever(command);
  }
}

function readCommand(reader: ByteReader): Command {
  const number = reader.u8();
  switch (number) {
    case PUT:
      return { kind: "put", key: readKey(reader), value: readValue(reader) };
    case GET_AND_SET:
      return { kind: "get-and-set", key: readKey(reader), value: readValue(reader) };
    case DELETE:
      return { kind: "delete", key: readKey(reader) };
    case DELETE_RANGE: {
      const from = readKey(reader);
      return { kind: "delete-range", from, to: reader.boolean() ? readKey(reader) : undefined };
    }
    case BATCH:
      return { kind: "batch", operations: readOperations(reader) };
    case TRANSACTION: {
      const returnPrevious = reader.boolean();
      const conditions = readConditions(reader);
      const then = readOperations(reader);
      const otherwise = readOperations(reader);
      return { kind: "transaction", conditions, then, otherwise, returnPrevious };
    }
    case COMPARE_AND_SET: {
      const key = readKey(reader);
      const expectedVersion = reader.varint();
      return { kind: "compare-and-set", key, expectedVersion, value: readValue(reader) };
    }
    case SET_NODE: {
      const label = reader.varint();
      return { kind: "set-node", label, address: reader.string(ADDRESS_BYTES_MAX) };
    }
    case OPEN_SESSION:
      return { kind: "open-session" };
    case SET_MEMBERSHIP_POLICY: {
      const automatic = readAutomatic(reader);
      const pause = readLabels(reader);
      return { kind: "set-membership-policy", automatic, pause, readmit: readLabels(reader) };
    }
    default:
      throw new DecodeError(
        `command kind is ${number}, allowed are ${PUT} to ${SET_MEMBERSHIP_POLICY}`,
      );
  }
}

/** In the place of a boolean. */
const UNCHANGED = 2;

function readAutomatic(reader: ByteReader): boolean | undefined {
  const number = reader.u8();
  if (number > UNCHANGED) throw new DecodeError(`automatic is ${number}, allowed are 0 to 2`);
  return number === UNCHANGED ? undefined : number === 1;
}

function writeLabels(writer: ByteWriter, labels: readonly number[]): void {
  writer.varint(labels.length);
  for (const label of labels) writer.varint(label);
}

function readLabels(reader: ByteReader): readonly number[] {
  const count = reader.count(1);
  return Array.from({ length: count }, () => reader.varint());
}

function readKey(reader: ByteReader): Uint8Array {
  return reader.bytes(KEY_BYTES_MAX);
}

function readValue(reader: ByteReader): Uint8Array {
  return reader.bytes(VALUE_BYTES_MAX);
}

/** Saves growing (and copying) the buffer for the commands that are one key and one value. */
function payloadBytes(command: Command): number {
  if ("value" in command) return command.key.length + command.value.length;
  return 224;
}
