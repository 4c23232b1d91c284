import { closeSync, fdatasyncSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { assert } from "@caucus/base";
import type { FenceStep } from "../write.ts";
import { type LogPosition, lowerFence } from "./fence.ts";
import { FENCE_FILE_BYTES, FenceSlots } from "./fence-slots.ts";

/** The fence on disk, for the writer thread: all calls block. */
export class FenceFile {
  readonly #file: number;
  readonly #slots: FenceSlots;

  /** The file must exist and hold a valid slot. */
  constructor(path: string) {
    this.#file = openSync(path, "r+");
    const bytes = new Uint8Array(FENCE_FILE_BYTES);
    readSync(this.#file, bytes, 0, bytes.length, 0);
    const slots = FenceSlots.read(bytes);
    assert(slots !== undefined, `${path} holds no valid slot`);
    // The newest slot may be only in the page cache until now.
    fsyncSync(this.#file);
    this.#slots = slots;
  }

  /** Before a write that keeps the log only up to `keep`. */
  lower(keep: LogPosition): void {
    const lowered = lowerFence(this.#slots.current, keep);
    if (lowered === undefined) return;
    this.#write(lowered);
    this.#sync();
  }

  /** After a synced write. Synced itself only for a new term or vote. */
  raise(tip: FenceStep["tip"], sync: boolean): void {
    this.#write({ memberKey: this.#slots.current.memberKey, ...tip });
    if (sync) this.#sync();
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(fence: FenceSlots["current"]): void {
    const { offset, bytes } = this.#slots.write(fence);
    writeSync(this.#file, bytes, 0, bytes.length, offset);
  }

  #sync(): void {
    fdatasyncSync(this.#file);
    this.#slots.synced();
  }
}
