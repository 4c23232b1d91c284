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
  SetNode,
  Transaction,
} from "./core/command.ts";
export { KEY_BYTES_MAX, OPERATIONS_MAX, VALUE_BYTES_MAX } from "./core/command.ts";
export type { KeyRecord } from "./core/record.ts";
export type { CommandResult } from "./core/result.ts";
export type {
  StateChange,
  StateInstall,
  StateRange,
  StateReader,
  StateRecord,
  StateSnapshot,
  StateStore,
} from "./core/state-store.ts";
