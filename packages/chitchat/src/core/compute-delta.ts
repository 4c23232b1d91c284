// What a peer lacks, in the order in which it is sent, cut to the size of a datagram.
import type { Rng } from "@caucus/base";
import type { BlockCompression } from "../wire/compression.ts";
import { DeltaWriter } from "../wire/delta-codec.ts";
import { chitchatIdKey } from "./chitchat-id.ts";
import type { DeltaOp, KeyValueUpdate } from "./delta.ts";
import type { Digest } from "./digest.ts";
import { isNonAsciiKey } from "./key-rules.ts";
import type { NodeState } from "./node-state.ts";

export interface DeltaRequest {
  /** Without those scheduled for deletion. */
  readonly states: Iterable<NodeState>;
  /** What the peer has. */
  readonly digest: Digest;
  /** Operations are accepted up to this; what zstd will save on the last block is not known yet. */
  readonly acceptBytesMax: number;
  /** The delta itself never exceeds this. */
  readonly bytesMax: number;
  readonly allowNonAsciiKeys: boolean;
}

interface StaleNode {
  readonly state: NodeState;
  readonly fromVersionExcluded: bigint;
  readonly keyValues: readonly KeyValueUpdate[];
  /** Among nodes with the same urgency, chance decides. */
  readonly tie: number;
}

/** The encoded delta; a single zero byte when the peer lacks nothing. */
export function computeDelta(
  request: DeltaRequest,
  compression: BlockCompression,
  rng: Rng,
): Uint8Array {
  const ops: DeltaOp[] = [];
  const writer = new DeltaWriter(request.acceptBytesMax, compression);
  for (const node of inOrder(staleNodes(request, rng))) {
    if (!appendNode(node, writer, ops)) break;
  }
  let delta = writer.finish();
  // Accepting counts two block headers at most, and a long value can need four.
  while (delta.length > request.bytesMax && ops.length > 0) {
    ops.pop();
    const shorter = new DeltaWriter(Number.POSITIVE_INFINITY, compression);
    for (const op of ops) shorter.tryAppend(op);
    delta = shorter.finish();
  }
  return delta;
}

function staleNodes(request: DeltaRequest, rng: Rng): StaleNode[] {
  const known = new Map(request.digest.map((entry) => [chitchatIdKey(entry.id), entry]));
  const stale: StaleNode[] = [];
  for (const state of request.states) {
    const entry = known.get(chitchatIdKey(state.id));
    const peerMax = entry?.maxVersion ?? 0n;
    const peerGc = entry?.lastGcVersion ?? 0n;
    if (state.maxVersion <= peerMax) continue;
    // The peer was told to start over, and is catching up. What is held here is from before that:
    // it may show keys of which the peer would never hear that they are deleted.
    if (state.maxVersion < peerGc) continue;
    // The peer may hold keys of which the tombstones are gone here: it has to start over.
    const needsReset = peerGc < state.lastGcVersion && peerMax < state.lastGcVersion;
    const fromVersionExcluded = needsReset ? 0n : peerMax;
    const all = state.staleSince(fromVersionExcluded);
    const keyValues = request.allowNonAsciiKeys ? all : all.filter(isHarmless);
    stale.push({ state, fromVersionExcluded, keyValues, tie: rng.next() });
  }
  return stale;
}

/** Others may hold a key that this node would refuse to set; it is not passed on. */
function isHarmless({ key, status }: KeyValueUpdate): boolean {
  return status === "delete" || !isNonAsciiKey(key);
}

/** What the peer does not know at all comes first, small states before large ones. */
function inOrder(nodes: StaleNode[]): StaleNode[] {
  return nodes.sort((a, b) => {
    const isUnknown = a.fromVersionExcluded === 0n;
    if (isUnknown !== (b.fromVersionExcluded === 0n)) return isUnknown ? -1 : 1;
    if (!isUnknown) return b.keyValues.length - a.keyValues.length || a.tie - b.tie;
    if (a.state.maxVersion !== b.state.maxVersion) {
      return a.state.maxVersion < b.state.maxVersion ? -1 : 1;
    }
    return a.tie - b.tie;
  });
}

/** False when the delta is full. */
function appendNode(node: StaleNode, writer: DeltaWriter, ops: DeltaOp[]): boolean {
  const { state, fromVersionExcluded, keyValues } = node;
  const { id, lastGcVersion, maxVersion } = state;
  const append = (op: DeltaOp): boolean => {
    const isAccepted = writer.tryAppend(op);
    if (isAccepted) ops.push(op);
    return isAccepted;
  };
  if (!append({ kind: "node", id, lastGcVersion, fromVersionExcluded })) return false;
  for (const keyValue of keyValues) {
    if (!append({ kind: "key-value", ...keyValue })) return false;
  }
  // Only for want of key-values: after some, a second handshake brings the rest.
  if (keyValues.length === 0) append({ kind: "set-max-version", maxVersion });
  return true;
}
