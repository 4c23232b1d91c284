/** zstd as this package needs it: whole blocks, synchronously. */
export interface BlockCompression {
  /**
   * The frame of `block`, or undefined when it would not save enough; always undefined where only
   * reading is possible. The result may be a view that the next call overwrites.
   */
  compress(block: Uint8Array): Uint8Array | undefined;
  /**
   * The expanded bytes of `frames`, at most `bytesMax`. Throws on anything that is not a sequence
   * of whole zstd frames, and when more would come out, before allocating for it.
   */
  decompress(frames: Uint8Array, bytesMax: number): Uint8Array;
}
