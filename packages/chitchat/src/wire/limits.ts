/** Largest payload of a UDP datagram over IPv4, and the receive buffer of every implementation. */
export const DATAGRAM_BYTES_MAX = 65_507;
/** Magic number, protocol version and message type. */
export const HEADER_BYTES = 4;
/** Length prefix of a string. */
export const STRING_BYTES_MAX = 0xffff;
/** A writer flushes a block of exactly this size once more than that is pending. */
export const BLOCK_BYTES = 16_384;
/** A reader accepts compressed blocks that expand to this. */
export const BLOCK_BYTES_MAX = 0xffff;
/** Type and length of a block. */
export const BLOCK_HEADER_BYTES = 3;
/**
 * A delta is read up to here and cut at the last whole operation, as if its sender had had a smaller
 * datagram. Without it, 65 kB could expand to 190 MB.
 */
export const DELTA_EXPANDED_BYTES_MAX: number = 8 * 1024 * 1024;
