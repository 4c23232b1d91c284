import { decodeRecord } from "../wire/record-codec.ts";
import { decodeNodeAddress } from "../wire/state-codec.ts";
import { NODES_MAX } from "./command.ts";
import { dataKey, NODE_BOUNDS, nodeLabel, prefixBounds, userKey } from "./key-layout.ts";
import type { KeyRecord } from "./record.ts";
import { type PointReader, readCounters } from "./state-meta.ts";
import type { StateReader } from "./state-store.ts";

/** A key with what it holds. */
export interface KeyEntry {
  readonly key: Uint8Array;
  readonly record: KeyRecord;
}

/** A node that `set-node` recorded. */
export interface NodeAddress {
  readonly label: number;
  readonly address: string;
}

/** What the key holds. This and the other queries throw DecodeError when the state is damaged. */
export function getRecord(reader: PointReader, key: Uint8Array): KeyRecord | undefined {
  const bytes = reader.get(dataKey(key));
  return bytes === undefined ? undefined : decodeRecord(bytes);
}

/** The first `limit` keys that start with `prefix`, in byte order; an empty prefix is every key. */
export function listRecords(
  reader: StateReader,
  prefix: Uint8Array,
  limit: number,
): readonly KeyEntry[] {
  const records = reader.scan({ ...prefixBounds(prefix), limit });
  return records.map(({ key, value }) => ({ key: userKey(key), record: decodeRecord(value) }));
}

/** What set-node recorded, by label. */
export function listNodes(reader: StateReader): readonly NodeAddress[] {
  const records = reader.scan({ ...NODE_BOUNDS, limit: NODES_MAX });
  return records.map(({ key, value }) => ({
    label: nodeLabel(key),
    address: decodeNodeAddress(value),
  }));
}

/** Revision of the last command that wrote something; 0 in an empty state. */
export function currentRevision(reader: PointReader): number {
  return readCounters(reader).revision;
}
