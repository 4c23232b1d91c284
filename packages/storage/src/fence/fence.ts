import { ByteReader, ByteWriter, CaucusError, crc32, DecodeError } from "@caucus/base";
import type { HardState, LogIndex, MemberKey, Term } from "@caucus/raft";

/** A place in the log. */
export interface LogPosition {
  readonly index: LogIndex;
  readonly term: Term;
}

/**
 * What the database of a member is known to have made durable, kept outside of it. The database
 * may be ahead of its fence, never behind it: one that is has forgotten a vote or an entry.
 */
export interface Fence {
  readonly memberKey: MemberKey;
  readonly term: Term;
  readonly vote: string | undefined;
  readonly lastIndex: LogIndex;
  /** The term of the entry at `lastIndex`; 0 when the log is new. */
  readonly lastTerm: Term;
}

/** What an opened database turned out to hold. */
export interface RecoveredLog {
  /** Undefined in a database that was never written. */
  readonly memberKey: MemberKey | undefined;
  readonly hardState: HardState;
  readonly lastIndex: LogIndex;
  /** The term of an entry or of the last compacted one; undefined further below or above. */
  termAt(index: LogIndex): Term | undefined;
}

export type FenceCheck =
  | { readonly kind: "ok" }
  /** `message` says which fact is missing, without file names. */
  | { readonly kind: "behind"; readonly message: string };

/** The fence of a directory that holds nothing yet. */
export function newFence(memberKey: MemberKey): Fence {
  return { memberKey, term: 0, vote: undefined, lastIndex: 0, lastTerm: 0 };
}

/** S4, S5: whether everything that the fence stands for is in the database. */
export function checkFence(fence: Fence, recovered: RecoveredLog): FenceCheck {
  const { hardState } = recovered;
  if (recovered.memberKey !== undefined && recovered.memberKey !== fence.memberKey) {
    return behind(`it belongs to member ${recovered.memberKey}, not to ${fence.memberKey}`);
  }
  if (hardState.term < fence.term) {
    return behind(`its term is ${hardState.term}, the member has acted in term ${fence.term}`);
  }
  // A vote that the fence has not heard of is fine: the database is written first.
  const voted = fence.vote !== undefined && hardState.term === fence.term;
  if (voted && hardState.vote !== fence.vote) {
    const held = hardState.vote ?? "nobody";
    return behind(
      `its vote in term ${fence.term} is for ${held}, the member gave it to ${fence.vote}`,
    );
  }
  if (recovered.lastIndex < fence.lastIndex) {
    return behind(
      `its log ends at index ${recovered.lastIndex}, it was durable to ${fence.lastIndex}`,
    );
  }
  const held = recovered.termAt(fence.lastIndex);
  if (held !== undefined && held !== fence.lastTerm) {
    return behind(
      `its entry at index ${fence.lastIndex} is of term ${held}, one of term ${fence.lastTerm} was durable there`,
    );
  }
  return { kind: "ok" };
}

/**
 * The fence to fsync before a write that keeps the log only up to `keep`; undefined when the
 * present one claims no more than that. It holds for the log before the write and after it.
 */
export function lowerFence(fence: Fence, keep: LogPosition): Fence | undefined {
  if (keep.index >= fence.lastIndex) return undefined;
  return { ...fence, lastIndex: keep.index, lastTerm: keep.term };
}

/** Bytes of an encoded fence at most: a slot is one disk sector of the smallest kind. */
export const FENCE_RECORD_BYTES_MAX = 512;
const FENCE_FORMAT = 1;
/** "CFEN" as little-endian. */
const FENCE_MAGIC = 0x4e454643;
const TEXT_BYTES_MAX = 64;

/** One slot: magic, CRC-32 of the rest, format, slot number, record. See docs/wire/storage.md. */
export function encodeFence(fence: Fence, slotNumber: number): Uint8Array {
  const body = new ByteWriter(128);
  body.u8(FENCE_FORMAT);
  body.u64(slotNumber);
  body.string(fence.memberKey);
  body.u64(fence.term);
  body.boolean(fence.vote !== undefined);
  body.string(fence.vote ?? "");
  body.u64(fence.lastIndex);
  body.u64(fence.lastTerm);
  const bytes = body.finish();
  const slot = new ByteWriter(128);
  slot.u32(FENCE_MAGIC);
  slot.u32(crc32(bytes));
  slot.u32(bytes.length);
  slot.raw(bytes);
  return slot.finish();
}

/**
 * Bytes after the record are ignored. Throws `unsupported` for a newer format, DecodeError on
 * anything else than a whole slot.
 */
export function decodeFence(slot: Uint8Array): {
  readonly fence: Fence;
  readonly slotNumber: number;
} {
  const header = new ByteReader(slot);
  if (header.u32() !== FENCE_MAGIC) throw new DecodeError("no fence");
  const checksum = header.u32();
  const length = header.u32();
  if (length > FENCE_RECORD_BYTES_MAX) throw new DecodeError(`a fence of ${length} bytes`);
  const bytes = header.raw(length);
  if (crc32(bytes) !== checksum) throw new DecodeError("checksum of the fence is wrong");
  const body = new ByteReader(bytes);
  const format = body.u8();
  if (format > FENCE_FORMAT) {
    throw new CaucusError(
      "unsupported",
      `the fence has format ${format}, this program knows formats up to ${FENCE_FORMAT}`,
    );
  }
  if (format !== FENCE_FORMAT) throw new DecodeError(`fence format ${format}`);
  const slotNumber = body.u64();
  const memberKey = body.string(TEXT_BYTES_MAX);
  const term = body.u64();
  const hasVote = body.boolean();
  const vote = body.string(TEXT_BYTES_MAX);
  const fence = {
    memberKey,
    term,
    vote: hasVote ? vote : undefined,
    lastIndex: body.u64(),
    lastTerm: body.u64(),
  };
  body.end();
  return { fence, slotNumber };
}

function behind(message: string): FenceCheck {
  return { kind: "behind", message };
}
