import type { ChitchatId } from "./chitchat-id.ts";

/** What a node knows about one node: how fresh, not what. */
export interface NodeDigest {
  readonly id: ChitchatId;
  readonly heartbeat: bigint;
  readonly lastGcVersion: bigint;
  readonly maxVersion: bigint;
}

/** In ascending order of ids, each id once. */
export type Digest = readonly NodeDigest[];
