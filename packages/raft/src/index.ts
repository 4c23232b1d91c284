export type { Configuration, Member, SnapshotMeta } from "./core/configuration.ts";
export {
  EMPTY_CONFIGURATION,
  isJoint,
  isLearner,
  isVoter,
  memberOf,
  memberWithLabel,
  REMOVED_KEYS_MAX,
} from "./core/configuration.ts";
export type { Entry, EntryKind, HardState } from "./core/entry.ts";
export { entryBytes } from "./core/entry.ts";
export type { ClusterId, LogIndex, MemberKey, Term } from "./core/identity.ts";
export { isIdentity } from "./core/identity.ts";
export type { LogReader } from "./core/log-reader.ts";
export type { Message, MessageKind, ReadContext } from "./core/message.ts";
export type {
  AppliedEntry,
  LogBatch,
  LogState,
  LogStore,
  PeerHandler,
  PeerTransport,
  SnapshotHeader,
  SnapshotInstall,
  SnapshotOutcome,
  SnapshotReceiver,
  SnapshotSource,
  StateMachine,
} from "./driver/ports.ts";
