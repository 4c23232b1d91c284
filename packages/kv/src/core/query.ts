import { decodeRecord } from "../wire/record-codec.ts";
import { decodeNodeAddress } from "../wire/state-codec.ts";
import { compareBytes, keyAfter, prefixEnd } from "./byte-order.ts";
import { NODES_MAX } from "./command.ts";
import { dataBounds, dataKey, NODE_BOUNDS, nodeLabel, userKey } from "./key-layout.ts";
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

/** Which records a list holds, in byte order of their keys. */
export interface ListQuery {
  /** Empty: every key. */
  readonly prefix: Uint8Array;
  /** Only keys behind this one, which need not exist. */
  readonly after?: Uint8Array | undefined;
  readonly limit: number;
}

/** A part of a list that fits into memory and into one answer. */
export interface KeyPage {
  readonly entries: readonly KeyEntry[];
  /** Whether there are further keys behind the last entry. */
  readonly more: boolean;
}

/** Keys and values of one page; several of the largest records fit. */
export const LIST_BYTES_MAX: number = 4 * 1_024 * 1_024;

/** Records that are read at once: with values of 1 MiB each this is what a list costs in memory. */
const SCAN_RECORDS = 16;

/** The first records of the list, at most `limit` and {@link LIST_BYTES_MAX}. */
export function listRecords(reader: StateReader, { prefix, after, limit }: ListQuery): KeyPage {
  const isInside = after !== undefined && compareBytes(after, prefix) >= 0;
  const bounds = dataBounds(isInside ? keyAfter(after) : prefix, prefixEnd(prefix));
  const { to } = bounds;
  let { from } = bounds;
  const entries: KeyEntry[] = [];
  let bytes = 0;
  while (compareBytes(from, to) < 0) {
    const wanted = Math.min(limit + 1 - entries.length, SCAN_RECORDS);
    const found = reader.scan({ from, to, limit: wanted });
    for (const { key, value } of found) {
      bytes += key.length + value.length;
      if (entries.length === limit || bytes > LIST_BYTES_MAX) return { entries, more: true };
      entries.push({ key: userKey(key), record: decodeRecord(value) });
      from = keyAfter(key);
    }
    if (found.length < wanted) break;
  }
  return { entries, more: false };
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
