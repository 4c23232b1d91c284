import type { ChitchatId } from "./chitchat-id.ts";
import type { KeyStatus } from "./delta.ts";

/** What a node noticed, in the order in which it happened. */
export type GossipEvent =
  /** A value was stored: an own one, or one that came by gossip. Not told of deletions. */
  | {
      readonly kind: "key-changed";
      readonly id: ChitchatId;
      readonly key: string;
      readonly value: string;
      readonly version: bigint;
      readonly status: Exclude<KeyStatus, "delete">;
    }
  | { readonly kind: "node-up"; readonly id: ChitchatId }
  /** Was live and is not any more; `hasLeft` when it said so itself. */
  | { readonly kind: "node-down"; readonly id: ChitchatId; readonly hasLeft: boolean }
  /** Dead for the whole grace; all about it is dropped. */
  | { readonly kind: "node-forgotten"; readonly id: ChitchatId }
  /** Its keys were dropped and sent anew: deletions in between may have gone unnoticed. */
  | { readonly kind: "node-reset"; readonly id: ChitchatId }
  /** Members or versions of the live nodes, this one included, are not what they were. */
  | { readonly kind: "live-nodes-changed" }
  /** The network remembered an earlier life of this node, which now goes by a new generation. */
  | { readonly kind: "generation-raised"; readonly id: ChitchatId; readonly previous: ChitchatId };
