import { assertNever, ByteReader, ByteWriter, DecodeError, encodeUtf8 } from "@caucus/base";
import { chitchatIdKey } from "../core/chitchat-id.ts";
import {
  type Delta,
  type DeltaOp,
  deltaOps,
  type KeyStatus,
  type KeyValueUpdate,
  type NodeDelta,
} from "../core/delta.ts";
import { BlockStreamWriter, readBlocks } from "./block-stream.ts";
import {
  readChitchatId,
  readString16,
  writeChitchatId,
  writeString16,
} from "./chitchat-id-codec.ts";
import type { BlockCompression } from "./compression.ts";
import { DELTA_EXPANDED_BYTES_MAX, STRING_BYTES_MAX } from "./limits.ts";

const NODE = 0;
const KEY_VALUE = 1;
const SET_MAX_VERSION = 2;

const STATUSES: readonly KeyStatus[] = ["set", "delete", "delete-after-ttl"];

/** Tag, key and value with their lengths, version, status: the longest operation. */
const OP_BYTES_MAX = 1 + 2 * (2 + STRING_BYTES_MAX) + 8 + 1;

function encodeDeltaOp(op: DeltaOp): Uint8Array {
  const writer = new ByteWriter();
  switch (op.kind) {
    case "node":
      writer.u8(NODE);
      writeChitchatId(writer, op.id);
      writer.u64BigInt(op.lastGcVersion);
      writer.u64BigInt(op.fromVersionExcluded);
      break;
    case "key-value":
      writer.u8(KEY_VALUE);
      writeString16(writer, op.key);
      writeString16(writer, op.value);
      writer.u64BigInt(op.version);
      writer.u8(STATUSES.indexOf(op.status));
      break;
    case "set-max-version":
      writer.u8(SET_MAX_VERSION);
      writer.u64BigInt(op.maxVersion);
      break;
    default:
      assertNever(op);
  }
  return writer.finish();
}

/** Longer texts have no length prefix. */
function isEncodable(text: string): boolean {
  // No character needs more than three bytes per unit.
  return text.length * 3 <= STRING_BYTES_MAX || encodeUtf8(text).length <= STRING_BYTES_MAX;
}

/** A delta that grows under a limit of bytes. */
export class DeltaWriter {
  readonly #blocks: BlockStreamWriter;

  constructor(bytesMax: number, compression: BlockCompression) {
    this.#blocks = new BlockStreamWriter(bytesMax, compression);
  }

  /** False, and nothing changes, when `op` might not fit. */
  tryAppend(op: DeltaOp): boolean {
    if (op.kind === "key-value" && !(isEncodable(op.key) && isEncodable(op.value))) return false;
    return this.#blocks.tryAppend(encodeDeltaOp(op));
  }

  /** Call last. */
  finish(): Uint8Array {
    return this.#blocks.finish();
  }
}

export function writeDelta(writer: ByteWriter, delta: Delta, compression: BlockCompression): void {
  const deltaWriter = new DeltaWriter(Number.POSITIVE_INFINITY, compression);
  for (const op of deltaOps(delta)) deltaWriter.tryAppend(op);
  writer.raw(deltaWriter.finish());
}

export function readDelta(reader: ByteReader, compression: BlockCompression): Delta {
  const { bytes, isCut } = readBlocks(reader, compression, DELTA_EXPANDED_BYTES_MAX);
  return readOps(new ByteReader(bytes), isCut);
}

interface OpenNodeDelta extends NodeDelta {
  readonly keyValues: KeyValueUpdate[];
  maxVersion: bigint;
}

/** When the bytes were cut, an operation that ends behind the cut ends the delta instead. */
function readOps(ops: ByteReader, isCut: boolean): Delta {
  const delta: OpenNodeDelta[] = [];
  const keys = new Set<string>();
  while (ops.remaining > 0) {
    const mayBeCut = isCut && ops.remaining < OP_BYTES_MAX;
    let op: DeltaOp;
    try {
      op = readOp(ops);
    } catch (error) {
      if (mayBeCut && error instanceof DecodeError) break;
      throw error;
    }
    addOp(delta, keys, op);
  }
  return delta;
}

function addOp(delta: OpenNodeDelta[], keys: Set<string>, op: DeltaOp): void {
  if (op.kind === "node") {
    const key = chitchatIdKey(op.id);
    if (keys.has(key)) throw new DecodeError(`node ${op.id.nodeId} twice in one delta`);
    keys.add(key);
    const { id, lastGcVersion, fromVersionExcluded } = op;
    delta.push({ id, lastGcVersion, fromVersionExcluded, keyValues: [], maxVersion: 0n });
    return;
  }
  const node = delta.at(-1);
  if (node === undefined) throw new DecodeError(`${op.kind} before any node`);
  if (op.kind === "set-max-version") {
    node.maxVersion = op.maxVersion;
    return;
  }
  const { key, value, version, status } = op;
  if (version <= node.maxVersion) {
    throw new DecodeError(`version ${version} after ${node.maxVersion}, it must be greater`);
  }
  node.keyValues.push({ key, value, version, status });
  node.maxVersion = version;
}

function readOp(ops: ByteReader): DeltaOp {
  const tag = ops.u8();
  switch (tag) {
    case NODE:
      return {
        kind: "node",
        id: readChitchatId(ops),
        lastGcVersion: ops.u64BigInt(),
        fromVersionExcluded: ops.u64BigInt(),
      };
    case KEY_VALUE:
      return {
        kind: "key-value",
        key: readString16(ops),
        value: readString16(ops),
        version: ops.u64BigInt(),
        status: readStatus(ops),
      };
    case SET_MAX_VERSION:
      return { kind: "set-max-version", maxVersion: ops.u64BigInt() };
    default:
      throw new DecodeError(`operation ${tag}, allowed are 0, 1 and 2`);
  }
}

function readStatus(ops: ByteReader): KeyStatus {
  const tag = ops.u8();
  const status = STATUSES[tag];
  if (status === undefined) throw new DecodeError(`status ${tag}, allowed are 0, 1 and 2`);
  return status;
}
