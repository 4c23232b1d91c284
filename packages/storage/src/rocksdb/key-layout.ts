import type { LogIndex } from "@caucus/raft";

/** Keys of RocksDB, documented in docs/wire/storage.md. */
export const DATABASE_FORMAT = 1;

/** The column family of hard state, log start and entries. */
export const LOG_COLUMN = "log";
/** The column family of the replicated state, all generations. */
export const STATE_COLUMN = "state";

/** The one record about the database itself, before all entries of the log column. */
export const META_KEY: Uint8Array = Uint8Array.of(0x00);
/** Written when there is nothing to write but a sync was asked for. */
export const SYNC_KEY: Uint8Array = Uint8Array.of(0x00, 0x01);
const ENTRY_PREFIX = 0x01;

/** Bounds of all entries. */
export const ENTRIES_FROM: Uint8Array = entryKey(0);
export const ENTRIES_TO: Uint8Array = Uint8Array.of(ENTRY_PREFIX + 1);

/** Big-endian, so that byte order is log order. */
export function entryKey(index: LogIndex): Uint8Array {
  const key = new Uint8Array(9);
  const view = new DataView(key.buffer);
  view.setUint8(0, ENTRY_PREFIX);
  view.setUint32(1, Math.floor(index / 0x100000000));
  view.setUint32(5, index % 0x100000000);
  return key;
}

export function entryIndex(key: Uint8Array): LogIndex {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return view.getUint32(1) * 0x100000000 + view.getUint32(5);
}

export const GENERATION_PREFIX_BYTES = 4;

/** The first key of a generation; that of the next one is its end. */
export function generationKey(generation: number): Uint8Array {
  const key = new Uint8Array(GENERATION_PREFIX_BYTES);
  new DataView(key.buffer).setUint32(0, generation);
  return key;
}

export function stateKey(generation: number, key: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(GENERATION_PREFIX_BYTES + key.length);
  new DataView(prefixed.buffer).setUint32(0, generation);
  prefixed.set(key, GENERATION_PREFIX_BYTES);
  return prefixed;
}

/** The first key of all generations, and the end behind the highest that can be used. */
export const STATE_FROM: Uint8Array = generationKey(0);
export const STATE_TO: Uint8Array = generationKey(0xffffffff);
