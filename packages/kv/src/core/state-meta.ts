import {
  decodeConfiguration,
  decodeCounters,
  decodePosition,
  encodeConfiguration,
  encodeCounters,
  encodePosition,
} from "../wire/state-codec.ts";
import { APPLIED_KEY, CONFIGURATION_KEY, COUNTERS_KEY } from "./key-layout.ts";
import type { PendingState } from "./pending-state.ts";
import type { AppliedPosition, Counters, StoredConfiguration } from "./state-records.ts";
import type { StateReader } from "./state-store.ts";

/** Reads by key: a StateReader, a StateSnapshot or a PendingState. */
export type PointReader = Pick<StateReader, "get">;

const NO_COUNTERS: Counters = {
  revision: 0,
  leaderTimeMs: 0,
  sessions: 0,
  sweepAtMs: 0,
  nodes: 0,
};
const NO_POSITION: AppliedPosition = { index: 0, term: 0 };
const NO_CONFIGURATION: StoredConfiguration = { index: 0, data: new Uint8Array(0) };

/** @throws DecodeError when the record is damaged or of a newer format; so do the other readers. */
export function readCounters(reader: PointReader): Counters {
  const bytes = reader.get(COUNTERS_KEY);
  return bytes === undefined ? NO_COUNTERS : decodeCounters(bytes);
}

export function writeCounters(state: PendingState, counters: Counters): void {
  state.put(COUNTERS_KEY, encodeCounters(counters));
}

export function readAppliedPosition(reader: PointReader): AppliedPosition {
  const bytes = reader.get(APPLIED_KEY);
  return bytes === undefined ? NO_POSITION : decodePosition(bytes);
}

/** Belongs to the same atomic write as the effects of the entry. */
export function writeAppliedPosition(state: PendingState, position: AppliedPosition): void {
  state.put(APPLIED_KEY, encodePosition(position));
}

export function readConfiguration(reader: PointReader): StoredConfiguration {
  const bytes = reader.get(CONFIGURATION_KEY);
  return bytes === undefined ? NO_CONFIGURATION : decodeConfiguration(bytes);
}

export function writeConfiguration(state: PendingState, configuration: StoredConfiguration): void {
  state.put(CONFIGURATION_KEY, encodeConfiguration(configuration));
}
