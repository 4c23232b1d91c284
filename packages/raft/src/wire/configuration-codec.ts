import { assert, ByteReader, ByteWriter, DecodeError } from "@caucus/base";
import {
  type Configuration,
  MEMBERS_MAX,
  type Member,
  REMOVED_KEYS_MAX,
} from "../core/configuration.ts";
import { readCount, readVersion } from "./bounds.ts";
import { readIdentities, readIdentity, writeIdentities, writeIdentity } from "./identity-codec.ts";

const CONFIGURATION_VERSION = 1;

/** Longest `host:port` of a member, in bytes of UTF-8. */
export const ADDRESS_BYTES_MAX = 255;

/** Key, label and two empty addresses. */
const MEMBER_BYTES_MIN = 19;

/** The data of a configuration entry. */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const writer = new ByteWriter();
  writeConfiguration(writer, configuration);
  return writer.finish();
}

/** Throws DecodeError, and nothing else, on bytes that are not one whole configuration. */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  const reader = new ByteReader(bytes);
  const configuration = readConfiguration(reader);
  reader.end();
  return configuration;
}

export function writeConfiguration(writer: ByteWriter, configuration: Configuration): void {
  const { members, voters, outgoing, learners, learnersNext, removed } = configuration;
  assert(members.length <= MEMBERS_MAX, `${members.length} members, allowed are ${MEMBERS_MAX}`);
  assert(removed.length <= REMOVED_KEYS_MAX, `${removed.length} removed keys`);
  writer.u8(CONFIGURATION_VERSION);
  writer.varint(members.length);
  for (const member of members) writeMember(writer, member);
  writeIdentities(writer, voters);
  writeIdentities(writer, outgoing);
  writeIdentities(writer, learners);
  writeIdentities(writer, learnersNext);
  writeIdentities(writer, removed);
}

export function readConfiguration(reader: ByteReader): Configuration {
  readVersion(reader, CONFIGURATION_VERSION, "configuration");
  const count = readCount(reader, MEMBER_BYTES_MIN, MEMBERS_MAX, "members");
  const members: Member[] = [];
  for (let i = 0; i < count; i++) members.push(readMember(reader));
  return {
    members,
    voters: readIdentities(reader, MEMBERS_MAX, "voters"),
    outgoing: readIdentities(reader, MEMBERS_MAX, "outgoing voters"),
    learners: readIdentities(reader, MEMBERS_MAX, "learners"),
    learnersNext: readIdentities(reader, MEMBERS_MAX, "next learners"),
    removed: readIdentities(reader, REMOVED_KEYS_MAX, "removed keys"),
  };
}

export function writeMember(writer: ByteWriter, member: Member): void {
  writeIdentity(writer, member.key);
  writer.varint(member.label);
  writeAddress(writer, member.rpcAddress);
  writeAddress(writer, member.apiAddress);
}

export function readMember(reader: ByteReader): Member {
  const key = readIdentity(reader);
  const label = reader.varint();
  if (label === 0) throw new DecodeError("label is 0, allowed are positive integers");
  const rpcAddress = reader.string(ADDRESS_BYTES_MAX);
  const apiAddress = reader.string(ADDRESS_BYTES_MAX);
  return { key, label, rpcAddress, apiAddress };
}

function writeAddress(writer: ByteWriter, address: string): void {
  const before = writer.length;
  writer.string(address);
  // An address above 127 bytes has a length of two bytes. What the reader refuses is never written.
  assert(writer.length - before <= ADDRESS_BYTES_MAX + 2, `address too long: ${address}`);
}
