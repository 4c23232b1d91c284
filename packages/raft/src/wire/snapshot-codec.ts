import { ByteReader, ByteWriter } from "@caucus/base";
import type { SnapshotMeta } from "../core/configuration.ts";
import type { ClusterId, MemberKey, Term } from "../core/identity.ts";
import { readVersion } from "./bounds.ts";
import { readConfiguration, writeConfiguration } from "./configuration-codec.ts";
import { readIdentity, writeIdentity } from "./identity-codec.ts";

/** Names a snapshot transfer; travels before its first chunk. */
export interface SnapshotHeader {
  readonly cluster: ClusterId;
  readonly from: MemberKey;
  readonly to: MemberKey;
  readonly term: Term;
  readonly meta: SnapshotMeta;
}

const SNAPSHOT_META_VERSION = 1;
const SNAPSHOT_HEADER_VERSION = 1;

export function encodeSnapshotMeta(meta: SnapshotMeta): Uint8Array {
  const writer = new ByteWriter();
  writeSnapshotMeta(writer, meta);
  return writer.finish();
}

/** Throws DecodeError, and nothing else, on bytes that are not one whole meta. */
export function decodeSnapshotMeta(bytes: Uint8Array): SnapshotMeta {
  const reader = new ByteReader(bytes);
  const meta = readSnapshotMeta(reader);
  reader.end();
  return meta;
}

export function writeSnapshotMeta(writer: ByteWriter, meta: SnapshotMeta): void {
  writer.u8(SNAPSHOT_META_VERSION);
  writer.varint(meta.index);
  writer.varint(meta.term);
  writer.varint(meta.configurationIndex);
  writeConfiguration(writer, meta.configuration);
}

export function readSnapshotMeta(reader: ByteReader): SnapshotMeta {
  readVersion(reader, SNAPSHOT_META_VERSION, "snapshot");
  const index = reader.varint();
  const term = reader.varint();
  const configurationIndex = reader.varint();
  return { index, term, configurationIndex, configuration: readConfiguration(reader) };
}

/** The first message of a snapshot stream. */
export function encodeSnapshotHeader(header: SnapshotHeader): Uint8Array {
  const writer = new ByteWriter();
  writer.u8(SNAPSHOT_HEADER_VERSION);
  writeIdentity(writer, header.cluster);
  writeIdentity(writer, header.from);
  writeIdentity(writer, header.to);
  writer.varint(header.term);
  writeSnapshotMeta(writer, header.meta);
  return writer.finish();
}

/** Throws DecodeError, and nothing else, on bytes that are not one whole header. */
export function decodeSnapshotHeader(bytes: Uint8Array): SnapshotHeader {
  const reader = new ByteReader(bytes);
  readVersion(reader, SNAPSHOT_HEADER_VERSION, "snapshot header");
  const cluster = readIdentity(reader);
  const from = readIdentity(reader);
  const to = readIdentity(reader);
  const term = reader.varint();
  const meta = readSnapshotMeta(reader);
  reader.end();
  return { cluster, from, to, term, meta };
}
