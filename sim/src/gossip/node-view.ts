import type { ReadonlyNodeState, VersionedValue } from "@caucus/chitchat";

/** What one node knew about a node (maybe itself) at one moment: a copy. */
export interface NodeView {
  readonly heartbeat: bigint;
  readonly maxVersion: bigint;
  readonly lastGcVersion: bigint;
  /** Tombstones included. */
  readonly entries: ReadonlyMap<string, VersionedValue>;
}

/**
 * The view of `state` now, or `previous` when it still holds. `deep` looks at the entries even when no
 * version has changed.
 */
export function viewOf(
  state: ReadonlyNodeState,
  previous: NodeView | undefined,
  deep: boolean,
): NodeView {
  const { heartbeat, maxVersion, lastGcVersion } = state;
  const isAlike =
    previous !== undefined &&
    previous.maxVersion === maxVersion &&
    previous.lastGcVersion === lastGcVersion;
  if (isAlike && (!deep || hasSameEntries(state, previous))) {
    if (previous.heartbeat === heartbeat) return previous;
    return { heartbeat, maxVersion, lastGcVersion, entries: previous.entries };
  }
  return { heartbeat, maxVersion, lastGcVersion, entries: new Map(state.entries()) };
}

function hasSameEntries(state: ReadonlyNodeState, { entries }: NodeView): boolean {
  let count = 0;
  for (const [key, entry] of state.entries()) {
    if (entries.get(key) !== entry) return false;
    count++;
  }
  return count === entries.size;
}

/** The visible value of `key`. */
export function visible(view: NodeView | undefined, key: string): string | undefined {
  const entry = view?.entries.get(key);
  return entry === undefined || entry.status === "delete" ? undefined : entry.value;
}

/** A key with a time to live ends on each node by its own clock. */
function isFading(one: NodeView, other: NodeView, key: string): boolean {
  const [left, right] = [one.entries.get(key), other.entries.get(key)];
  return left === undefined
    ? right?.status === "delete-after-ttl"
    : right === undefined && left.status === "delete-after-ttl";
}

/** Why the visible keys or the max versions differ; undefined when they are alike. */
export function difference(one: NodeView, other: NodeView): string | undefined {
  for (const key of new Set([...one.entries.keys(), ...other.entries.keys()])) {
    const [left, right] = [visible(one, key), visible(other, key)];
    if (left === right || isFading(one, other, key)) continue;
    return `key ${key} is ${String(left).slice(0, 20)} here and ${String(right).slice(0, 20)} there`;
  }
  if (one.maxVersion === other.maxVersion) return undefined;
  return `max version is ${one.maxVersion} here and ${other.maxVersion} there`;
}
