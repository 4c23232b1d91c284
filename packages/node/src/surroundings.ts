import type { Clock, Rng } from "@caucus/base";
import type { ChitchatOptions } from "@caucus/chitchat";
import type { NodeRpc, NodeRpcOptions } from "./node-rpc.ts";

/**
 * What a member finds around it: time, chance and the other nodes. Nothing in a member reaches past
 * it, so that the simulator runs whole members in a world of its own.
 */
export interface Surroundings {
  readonly clock: Clock;
  readonly rng: Rng;
  /** 128 random bits, as 32 hex digits: the name of a new cluster. */
  newIdentity(): string;
  /** Calls `turn` once, in a later turn of the event loop. */
  defer(turn: () => void): void;
  /** Calls `run` every `everyMs` until the answer is called. */
  repeat(everyMs: number, run: () => void): () => void;
  openRpc(options: NodeRpcOptions): NodeRpc;
  /** Undefined fields: as the gossip library has them. */
  readonly gossip: GossipSurroundings;
}

export type GossipSurroundings = Pick<
  ChitchatOptions,
  "generationId" | "rng" | "timers" | "transport"
>;
