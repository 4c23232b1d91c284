export type { ApplyOutcome } from "./core/apply.ts";
export { applyEnvelope } from "./core/apply.ts";
export { compareBytes, prefixEnd } from "./core/byte-order.ts";
export type {
  Batch,
  Command,
  CommandEnvelope,
  CompareAndSet,
  Condition,
  Delete,
  DeleteRange,
  GetAndSet,
  OpenSession,
  Operation,
  Put,
  SessionTag,
  SetMembershipPolicy,
  SetNode,
  Transaction,
} from "./core/command.ts";
export {
  ADDRESS_BYTES_MAX,
  COMMAND_BYTES_MAX,
  KEY_BYTES_MAX,
  NODES_MAX,
  OPERATIONS_MAX,
  VALUE_BYTES_MAX,
} from "./core/command.ts";
export { PAUSED_LABELS_MAX, readMembershipPolicy } from "./core/membership-policy.ts";
export { PendingState } from "./core/pending-state.ts";
export type { KeyEntry, KeyPage, ListQuery, NodeAddress } from "./core/query.ts";
export {
  currentRevision,
  getRecord,
  LIST_BYTES_MAX,
  listNodes,
  listRecords,
} from "./core/query.ts";
export type { KeyRecord } from "./core/record.ts";
export type { CommandResult } from "./core/result.ts";
export {
  SESSION_ANSWER_BYTES_MAX,
  SESSION_TTL_MS,
  SESSION_WINDOW,
  SESSIONS_MAX,
} from "./core/sessions.ts";
export type { PointReader } from "./core/state-meta.ts";
export {
  readAppliedPosition,
  readConfiguration,
  readCounters,
  writeAppliedPosition,
  writeConfiguration,
} from "./core/state-meta.ts";
export type {
  AppliedPosition,
  Counters,
  MembershipPolicy,
  StoredConfiguration,
} from "./core/state-records.ts";
export type {
  StateChange,
  StateInstall,
  StateRange,
  StateReader,
  StateRecord,
  StateSnapshot,
  StateStore,
} from "./core/state-store.ts";
export { validateCommand, validateSessionTag } from "./core/validate-command.ts";
export type { TaggedCommand } from "./wire/command-codec.ts";
export {
  decodeCommand,
  decodeEnvelope,
  encodeCommand,
  encodeEnvelope,
  wrapCommand,
} from "./wire/command-codec.ts";
export { NewerFormatError } from "./wire/format-version.ts";
export { decodeRecord, encodeRecord } from "./wire/record-codec.ts";
export { decodeResult, encodeResult } from "./wire/result-codec.ts";
export {
  SNAPSHOT_CHUNK_BYTES,
  SNAPSHOT_CHUNK_BYTES_MAX,
  SnapshotChunkReader,
  SnapshotChunkWriter,
} from "./wire/snapshot-codec.ts";
