/** Bytes of the state records that are not keys of users: counters, positions, sessions, nodes. */
import { ByteReader, ByteWriter, DecodeError } from "@caucus/base";
import { ADDRESS_BYTES_MAX } from "../core/command.ts";
import type {
  AppliedPosition,
  Counters,
  MembershipPolicy,
  SessionRecord,
  StoredConfiguration,
} from "../core/state-records.ts";
import { readVersion } from "./format-version.ts";

export const STATE_FORMAT = 1;

export function encodeCounters(counters: Counters): Uint8Array {
  const writer = new ByteWriter(48);
  writer.u8(STATE_FORMAT);
  writer.varint(counters.revision);
  writer.varint(counters.leaderTimeMs);
  writer.varint(counters.sessions);
  writer.varint(counters.sweepAtMs);
  writer.varint(counters.nodes);
  return writer.finish();
}

export function decodeCounters(bytes: Uint8Array): Counters {
  const reader = open(bytes, "counters");
  const counters: Counters = {
    revision: reader.varint(),
    leaderTimeMs: reader.varint(),
    sessions: reader.varint(),
    sweepAtMs: reader.varint(),
    nodes: reader.varint(),
  };
  reader.end();
  return counters;
}

export function encodePosition(position: AppliedPosition): Uint8Array {
  const writer = new ByteWriter(24);
  writer.u8(STATE_FORMAT);
  writer.varint(position.index);
  writer.varint(position.term);
  return writer.finish();
}

export function decodePosition(bytes: Uint8Array): AppliedPosition {
  const reader = open(bytes, "applied position");
  const position: AppliedPosition = { index: reader.varint(), term: reader.varint() };
  reader.end();
  return position;
}

export function encodeConfiguration(configuration: StoredConfiguration): Uint8Array {
  const writer = new ByteWriter(16 + configuration.data.length);
  writer.u8(STATE_FORMAT);
  writer.varint(configuration.index);
  writer.raw(configuration.data);
  return writer.finish();
}

export function decodeConfiguration(bytes: Uint8Array): StoredConfiguration {
  const reader = open(bytes, "configuration");
  return { index: reader.varint(), data: reader.raw(reader.remaining) };
}

export function encodeSession(session: SessionRecord): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(STATE_FORMAT);
  writer.varint(session.lastUsedMs);
  writer.varint(session.lowestUnanswered);
  writer.varint(session.answers.size);
  for (const [sequence, answer] of session.answers) {
    writer.varint(sequence);
    writer.bytes(answer);
  }
  return writer.finish();
}

export function decodeSession(bytes: Uint8Array): SessionRecord {
  const reader = open(bytes, "session");
  const lastUsedMs = reader.varint();
  const lowestUnanswered = reader.varint();
  const answers = new Map<number, Uint8Array>();
  const count = reader.count(2);
  for (let i = 0; i < count; i++) answers.set(reader.varint(), reader.bytes());
  if (answers.size !== count) throw new DecodeError("a session answers one sequence twice");
  reader.end();
  return { lastUsedMs, lowestUnanswered, answers };
}

export function encodeNodeAddress(address: string): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(STATE_FORMAT);
  writer.string(address);
  return writer.finish();
}

export function decodeNodeAddress(bytes: Uint8Array): string {
  const reader = open(bytes, "node");
  const address = reader.string(ADDRESS_BYTES_MAX);
  reader.end();
  return address;
}

export function encodeMembershipPolicy(policy: MembershipPolicy): Uint8Array {
  const writer = new ByteWriter(64);
  writer.u8(STATE_FORMAT);
  writer.boolean(policy.automatic);
  writer.varint(policy.paused.length);
  for (const label of policy.paused) writer.varint(label);
  return writer.finish();
}

export function decodeMembershipPolicy(bytes: Uint8Array): MembershipPolicy {
  const reader = open(bytes, "membership");
  const automatic = reader.boolean();
  const count = reader.count(1);
  const paused = Array.from({ length: count }, () => reader.varint());
  reader.end();
  return { automatic, paused };
}

function open(bytes: Uint8Array, name: string): ByteReader {
  const reader = new ByteReader(bytes);
  readVersion(reader, `state record "${name}"`, STATE_FORMAT);
  return reader;
}
