import { compareAddresses, formatSocketAddress, type SocketAddress } from "./socket-address.ts";
import { compareUtf8 } from "./text-order.ts";

/** Who a node is. Two ids are the same node only when all three parts are equal. */
export interface ChitchatId {
  /** Name of the node, stable over restarts; less than 65,536 bytes of UTF-8. */
  readonly nodeId: string;
  /** Grows with each start of the node. Any u64; nothing but its owner compares it. */
  readonly generationId: bigint;
  /** Where other nodes send their gossip to. */
  readonly gossipAdvertiseAddress: SocketAddress;
}

/** Ids are read from every digest again; making their texts would be most of the work. */
const keys = new WeakMap<ChitchatId, string>();

/** A text that is equal for equal ids, and only for those. */
export function chitchatIdKey(id: ChitchatId): string {
  const known = keys.get(id);
  if (known !== undefined) return known;
  const address = formatSocketAddress(id.gossipAdvertiseAddress);
  const key = `${id.nodeId}\0${id.generationId}\0${address}`;
  keys.set(id, key);
  return key;
}

/** By node id (bytes of UTF-8), then generation, then address. */
export function compareChitchatIds(a: ChitchatId, b: ChitchatId): number {
  if (a === b) return 0;
  const order = compareUtf8(a.nodeId, b.nodeId);
  if (order !== 0) return order;
  if (a.generationId !== b.generationId) return a.generationId < b.generationId ? -1 : 1;
  return compareAddresses(a.gossipAdvertiseAddress, b.gossipAdvertiseAddress);
}
