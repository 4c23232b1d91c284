// The whole state of another node, obtained in another way than by gossip: a program may fetch a large
// one over HTTP as soon as it hears of a reset, instead of waiting for it datagram by datagram.
import { CaucusError } from "@caucus/base";
import { DATAGRAM_BYTES_MAX, HEADER_BYTES } from "../wire/limits.ts";
import type { ChitchatId } from "./chitchat-id.ts";
import type { KeyValueUpdate } from "./delta.ts";
import { checkKeyValue, keyValueBytesMax } from "./key-rules.ts";
import type { NodeState, VersionedValue } from "./node-state.ts";

export interface NodeStateUpdate {
  readonly id: ChitchatId;
  /** All of its key-values, tombstones included, in any order. */
  readonly keyValues: readonly KeyValueUpdate[];
  readonly maxVersion: bigint;
  readonly lastGcVersion: bigint;
}

/**
 * `own`: this node's state is changed by itself only. `forgotten`: the node was dead for too long.
 * `not-newer`: gossip was quicker. `no-room`: a limit of nodes or memory.
 */
export type NodeStateUpdateOutcome = "applied" | "own" | "forgotten" | "not-newer" | "no-room";

export interface MergedState {
  /** What the node holds afterwards, in ascending order of versions. */
  readonly entries: readonly (readonly [string, VersionedValue])[];
  /** Those of them that are news. */
  readonly changes: readonly KeyValueUpdate[];
}

const U64_MAX = 2n ** 64n - 1n;

/**
 * Of each key that the update has, the newer version; other keys are gone. Undefined when the update
 * is not newer than `state`. Throws CaucusError `invalid_argument` for what could not be passed on.
 */
export function mergeUpdate(
  state: NodeState,
  update: NodeStateUpdate,
  idBytes: number,
  nowMs: number,
): MergedState | undefined {
  const { keyValues, lastGcVersion, maxVersion } = update;
  if (state.maxVersion >= maxVersion || maxVersion < state.lastGcVersion) return undefined;
  const bytesMax = keyValueBytesMax(idBytes, DATAGRAM_BYTES_MAX - HEADER_BYTES);
  const merged = new Map<string, VersionedValue>();
  const changes: KeyValueUpdate[] = [];
  for (const keyValue of keyValues) {
    const { key, value, version, status } = keyValue;
    checkKeyValue(key, value, { bytesMax, allowNonAsciiKeys: true });
    const held = merged.get(key) ?? state.entry(key);
    const isNews = held === undefined || held.version < version;
    if (isNews) changes.push(keyValue);
    merged.set(key, isNews ? { value, version, status, sinceMs: nowMs } : held);
  }
  const entries = [...merged].sort(([, a], [, b]) => (a.version < b.version ? -1 : 1));
  checkVersions(entries);
  // The pair (collected, max) never goes back, whatever the update calls its max version.
  const reached = entries.at(-1)?.[1].version ?? 0n;
  const newMax = reached > state.maxVersion ? reached : state.maxVersion;
  const isAhead =
    lastGcVersion > state.lastGcVersion ||
    (lastGcVersion === state.lastGcVersion && newMax > state.maxVersion);
  return isAhead ? { entries, changes } : undefined;
}

/** Readers of a delta refuse all of it when versions do not ascend. */
function checkVersions(entries: MergedState["entries"]): void {
  let previous = 0n;
  for (const [key, { version }] of entries) {
    if (version <= previous || version > U64_MAX) {
      throw new CaucusError(
        "invalid_argument",
        `key ${JSON.stringify(key)} has version ${version}, allowed are versions from 1 to 2^64 - 1, ` +
          "each of one key only",
      );
    }
    previous = version;
  }
}
