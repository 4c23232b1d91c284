import { assertNever, ByteReader, ByteWriter } from "@caucus/base";
import type { LogWrite, StorageWrite } from "../write.ts";
import {
  ENTRIES_FROM,
  entryKey,
  generationKey,
  LOG_COLUMN,
  META_KEY,
  STATE_COLUMN,
  stateKey,
} from "./key-layout.ts";
import { encodeLogRecord } from "./log-record.ts";
import { encodeMetaRecord, type MetaRecord } from "./meta-record.ts";

/** One operation of a RocksDB batch, as the writer thread reads it. */
export interface Operation {
  readonly column: "log" | "state";
  readonly key: Uint8Array;
  /** Undefined deletes. */
  readonly value: Uint8Array | undefined;
}

/** A range [from, to) to delete. The binding can't put it into a batch, so none relies on it. */
export interface ClearedRange {
  readonly column: "log" | "state";
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/**
 * Turns writes into operations, packed into one buffer that can be handed to another thread
 * without a copy. Follows the meta record: it is written whenever a field of it changes.
 */
export class WriteEncoder {
  #meta: MetaRecord;
  #operations: ByteWriter = new ByteWriter();
  #cleared: ClearedRange[] = [];

  constructor(meta: MetaRecord) {
    this.#meta = meta;
  }

  /** Bytes encoded since `take`. */
  get bytes(): number {
    return this.#operations.length;
  }

  add(write: StorageWrite): void {
    switch (write.kind) {
      case "log":
        this.#addLog(write);
        return;
      case "compact":
        this.#setMeta({ ...this.#meta, compacted: { index: write.index, term: write.term } });
        this.#clearCompacted();
        return;
      case "state":
        for (const { key, value } of write.changes) {
          this.#operation("state", stateKey(write.generation, key), value);
        }
        return;
      case "generation-put":
        for (const { key, value } of write.records) {
          this.#operation("state", stateKey(write.generation, key), value);
        }
        return;
      case "generation-seal":
        return;
      case "generation-drop":
        this.#cleared.push({
          column: "state",
          from: generationKey(write.generation),
          to: generationKey(write.generation + 1),
        });
        return;
      default:
        assertNever(write);
    }
  }

  /** Writes the meta record as it stands: what makes a new database belong to its member. */
  addMeta(): void {
    this.#setMeta(this.#meta);
  }

  take(): { readonly operations: Uint8Array; readonly cleared: readonly ClearedRange[] } {
    const taken = { operations: this.#operations.finish(), cleared: this.#cleared };
    this.#operations = new ByteWriter();
    this.#cleared = [];
    return taken;
  }

  #addLog(write: LogWrite): void {
    for (let index = write.dropFrom; index < write.dropTo; index++) {
      this.#operation("log", entryKey(index), undefined);
    }
    for (const entry of write.entries) {
      this.#operation("log", entryKey(entry.index), encodeLogRecord(entry));
    }
    if (!write.fence.hardStateChanged && write.install === undefined) return;
    const generation = write.install?.generation ?? this.#meta.generation;
    const { hardState, compacted } = write;
    this.#setMeta({ ...this.#meta, hardState, compacted, generation });
    if (write.install !== undefined) this.#clearCompacted();
  }

  #setMeta(meta: MetaRecord): void {
    this.#meta = meta;
    this.#operation("log", META_KEY, encodeMetaRecord(meta));
  }

  /** Opening ignores and clears what a crash has left of these entries. */
  #clearCompacted(): void {
    const to = entryKey(this.#meta.compacted.index + 1);
    this.#cleared.push({ column: "log", from: ENTRIES_FROM, to });
  }

  #operation(column: "log" | "state", key: Uint8Array, value: Uint8Array | undefined): void {
    const flags = (column === STATE_COLUMN ? 1 : 0) | (value === undefined ? 2 : 0);
    this.#operations.u8(flags);
    this.#operations.bytes(key);
    if (value !== undefined) this.#operations.bytes(value);
  }
}

/** The operations that `WriteEncoder.take` packed, as views. */
export function* decodeOperations(packed: Uint8Array): Generator<Operation> {
  const reader = new ByteReader(packed);
  while (reader.remaining > 0) {
    const flags = reader.u8();
    const column = (flags & 1) === 1 ? STATE_COLUMN : LOG_COLUMN;
    const key = reader.bytes();
    yield { column, key, value: (flags & 2) === 2 ? undefined : reader.bytes() };
  }
}
