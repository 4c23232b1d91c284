// zstd for every supported Node: the reference library compiled to WebAssembly. Node's own zlib has
// zstd from version 22.15 on, but its stream decoder differs from ZSTD_decompress at the edges.
import { compress, decompress, isLoaded } from "@foxglove/wasm-zstd";
import type { BlockCompression } from "./wire/compression.ts";

/** What the zstd crate calls level 0. */
const LEVEL = 3;

/**
 * The reference encoder writes into a buffer as long as its input and needs this much slack at the
 * end of it. Saving less makes an uncompressed block there, so it does here.
 */
const SAVED_BYTES_MIN = 8;

// Compiling takes some 30 ms once; afterwards every call is synchronous.
await isLoaded;

export const zstd: BlockCompression = {
  compress(block) {
    const frame = compress(block, LEVEL);
    return frame.length + SAVED_BYTES_MIN <= block.length ? frame : undefined;
  },
  decompress: (frames, bytesMax) => decompress(frames, bytesMax),
};
