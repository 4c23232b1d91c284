import { assert, type ByteReader, ByteWriter } from "@caucus/base";
import { type ChitchatId, chitchatIdKey, compareChitchatIds } from "../core/chitchat-id.ts";
import type { Digest, NodeDigest } from "../core/digest.ts";
import { IdTable, writeChitchatId } from "./chitchat-id-codec.ts";

/** Heartbeat and two versions, behind the id. */
export const DIGEST_ENTRY_BYTES = 24;
/** The number of entries, in front. */
export const DIGEST_HEADER_BYTES = 2;

/** An entry whose id is encoded already; ids change never, the rest with every round. */
export interface EncodedNodeDigest extends Omit<NodeDigest, "id"> {
  readonly encodedId: Uint8Array;
}

export function writeDigest(writer: ByteWriter, digest: Digest): void {
  const sorted = digest.toSorted((a, b) => compareChitchatIds(a.id, b.id));
  writeEncodedDigest(
    writer,
    sorted.map(({ id, ...rest }) => ({ encodedId: encodeId(id), ...rest })),
  );
}

/** `entries` are in ascending order of their ids. */
export function writeEncodedDigest(
  writer: ByteWriter,
  entries: readonly EncodedNodeDigest[],
): void {
  assert(entries.length <= 0xffff, `digest of ${entries.length} nodes`);
  writer.u16(entries.length);
  for (const { encodedId, heartbeat, lastGcVersion, maxVersion } of entries) {
    writer.raw(encodedId);
    writer.u64BigInt(heartbeat);
    writer.u64BigInt(lastGcVersion);
    writer.u64BigInt(maxVersion);
  }
}

export function encodeId(id: ChitchatId): Uint8Array {
  const writer = new ByteWriter();
  writeChitchatId(writer, id);
  return writer.finish();
}

/** One for the process: its values never change, so that nodes in one process may share them. */
const KNOWN_IDS = new IdTable();

/** Takes any order of entries; of those with the same id, the last one counts. */
export function readDigest(reader: ByteReader): Digest {
  const count = reader.u16();
  const entries: NodeDigest[] = [];
  let isAscending = true;
  let previous: ChitchatId | undefined;
  for (let at = 0; at < count; at++) {
    const entry: NodeDigest = {
      id: KNOWN_IDS.read(reader),
      heartbeat: reader.u64BigInt(),
      lastGcVersion: reader.u64BigInt(),
      maxVersion: reader.u64BigInt(),
    };
    if (previous !== undefined && compareChitchatIds(previous, entry.id) >= 0) isAscending = false;
    previous = entry.id;
    entries.push(entry);
  }
  return isAscending ? entries : inOrder(entries);
}

function inOrder(entries: readonly NodeDigest[]): Digest {
  const byKey = new Map(entries.map((entry) => [chitchatIdKey(entry.id), entry]));
  return [...byKey.values()].sort((a, b) => compareChitchatIds(a.id, b.id));
}
