import { assert, DecodeError } from "@caucus/base";
import { decodeFence, encodeFence, FENCE_RECORD_BYTES_MAX, type Fence } from "./fence.ts";

/** The slots lie in different pages of the file: writing one can't tear the other. */
export const FENCE_SLOT_BYTES = 4096;
export const FENCE_FILE_BYTES: number = 2 * FENCE_SLOT_BYTES;

/** Bytes to put at `offset` of the fence file. */
export interface FenceWrite {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Which slot to write next. One slot, the anchor, is always known to be on disk and is never
 * touched: all writes that nobody has fsynced go to the other one, again and again. So a power
 * loss at any point leaves a valid slot, whatever it does to the bytes in flight (S6).
 *
 * Sans-I/O: the caller performs `write`, then `synced` after an fsync. Opening an existing file
 * takes `read`, then an fsync (the newest slot may be only in the page cache), then the rest.
 */
export class FenceSlots {
  #current: Fence;
  #slotNumber: number;
  #latest: 0 | 1;
  #anchor: 0 | 1;

  private constructor(fence: Fence, slotNumber: number, slot: 0 | 1) {
    this.#current = fence;
    this.#slotNumber = slotNumber;
    this.#latest = slot;
    this.#anchor = slot;
  }

  /** A whole new file, to be written and fsynced before anything else happens. */
  static create(fence: Fence): { readonly slots: FenceSlots; readonly file: Uint8Array } {
    const file = new Uint8Array(FENCE_FILE_BYTES);
    file.set(encodeFence(fence, 1), 0);
    return { slots: new FenceSlots(fence, 1, 0), file };
  }

  /** The newest valid slot of a file; undefined when there is none. */
  static read(file: Uint8Array): FenceSlots | undefined {
    const first = decodeSlot(file, 0);
    const second = decodeSlot(file, 1);
    if (first === undefined && second === undefined) return undefined;
    const newestIsSecond =
      second !== undefined && (first === undefined || second.slotNumber > first.slotNumber);
    const newest = newestIsSecond ? second : first;
    if (newest === undefined) return undefined;
    return new FenceSlots(newest.fence, newest.slotNumber, newestIsSecond ? 1 : 0);
  }

  /** The fence written last. */
  get current(): Fence {
    return this.#current;
  }

  write(fence: Fence): FenceWrite {
    const slot = this.#anchor === 0 ? 1 : 0;
    this.#slotNumber += 1;
    this.#current = fence;
    this.#latest = slot;
    const bytes = encodeFence(fence, this.#slotNumber);
    assert(bytes.length <= FENCE_RECORD_BYTES_MAX, `a fence of ${bytes.length} bytes`);
    return { offset: slot * FENCE_SLOT_BYTES, bytes };
  }

  /** The last write is on disk. */
  synced(): void {
    this.#anchor = this.#latest;
  }
}

function decodeSlot(file: Uint8Array, slot: 0 | 1): ReturnType<typeof decodeFence> | undefined {
  const at = slot * FENCE_SLOT_BYTES;
  try {
    return decodeFence(file.subarray(at, at + FENCE_SLOT_BYTES));
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
