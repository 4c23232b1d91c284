import type { ChitchatId } from "./chitchat-id.ts";

/**
 * `set`: visible. `delete`: a tombstone, invisible. `delete-after-ttl`: visible until every node
 * drops it on its own, one grace period after it learned of the mark.
 */
export type KeyStatus = "set" | "delete" | "delete-after-ttl";

/** One key-value of a delta. */
export interface KeyValueUpdate {
  readonly key: string;
  readonly value: string;
  readonly version: bigint;
  readonly status: KeyStatus;
}

/** One operation of the stream that a delta is. The last two belong to the node before them. */
export type DeltaOp =
  | {
      readonly kind: "node";
      readonly id: ChitchatId;
      readonly lastGcVersion: bigint;
      readonly fromVersionExcluded: bigint;
    }
  | ({ readonly kind: "key-value" } & KeyValueUpdate)
  | { readonly kind: "set-max-version"; readonly maxVersion: bigint };

/** All that a delta says about one node. */
export interface NodeDelta {
  readonly id: ChitchatId;
  readonly lastGcVersion: bigint;
  readonly fromVersionExcluded: bigint;
  /** In strictly ascending order of versions. */
  readonly keyValues: readonly KeyValueUpdate[];
  /** The version that the receiver has reached once it applied this. */
  readonly maxVersion: bigint;
}

/** No node occurs twice. */
export type Delta = readonly NodeDelta[];

/** The operations of a delta in the order in which they are written. */
export function deltaOps(delta: Delta): DeltaOp[] {
  const ops: DeltaOp[] = [];
  for (const { id, lastGcVersion, fromVersionExcluded, keyValues, maxVersion } of delta) {
    ops.push({ kind: "node", id, lastGcVersion, fromVersionExcluded });
    for (const keyValue of keyValues) ops.push({ kind: "key-value", ...keyValue });
    // Readers take the version of the last key-value; a different end has to be said.
    const reached = keyValues.at(-1)?.version ?? 0n;
    if (reached !== maxVersion) ops.push({ kind: "set-max-version", maxVersion });
  }
  return ops;
}
