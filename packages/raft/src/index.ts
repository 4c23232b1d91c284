export type { Configuration, Member, SnapshotMeta } from "./core/configuration.ts";
export {
  EMPTY_CONFIGURATION,
  isJoint,
  isLearner,
  isVoter,
  MEMBERS_MAX,
  memberOf,
  memberWithLabel,
  REMOVED_KEYS_MAX,
} from "./core/configuration.ts";
export type { Entry, EntryKind, HardState } from "./core/entry.ts";
export { entryBytes } from "./core/entry.ts";
export type { ClusterId, LogIndex, MemberKey, Term } from "./core/identity.ts";
export { isIdentity } from "./core/identity.ts";
export type { LogReader } from "./core/log-reader.ts";
export type { MembershipChange } from "./core/membership/membership-change.ts";
export { leaveJoint, planChange } from "./core/membership/plan-change.ts";
export type { Message, MessageKind, ReadContext } from "./core/message.ts";
export type { Output, PersistBatch } from "./core/output.ts";
export { Raft } from "./core/raft.ts";
export type { RaftConfig, RaftOptions } from "./core/raft-config.ts";
export { RAFT_DEFAULTS, resolveRaftConfig } from "./core/raft-config.ts";
export type { PeerProgress, RaftView } from "./core/raft-view.ts";
export type { DriverCounts } from "./driver/driver-counts.ts";
export type { DriverObserver, RaftDriverOptions } from "./driver/driver-options.ts";
export { createInitialBatch, INITIAL_LOG_STATE } from "./driver/initial-batch.ts";
export type {
  ChangeOutcome,
  ChangeRefusal,
  NotAppended,
  ProposalOutcome,
  ReadOutcome,
  TransferOutcome,
} from "./driver/outcome.ts";
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
export { RaftDriver } from "./driver/raft-driver.ts";
export type { RaftStatus } from "./driver/raft-status.ts";
export {
  ADDRESS_BYTES_MAX,
  decodeConfiguration,
  encodeConfiguration,
  readConfiguration,
  readMember,
  writeConfiguration,
  writeMember,
} from "./wire/configuration-codec.ts";
export { readEntry, writeEntry } from "./wire/entry-codec.ts";
export { readIdentity, writeIdentity } from "./wire/identity-codec.ts";
export type { Frame, FrameHeader } from "./wire/message-codec.ts";
export { decodeMessages, encodeMessages } from "./wire/message-codec.ts";
export {
  decodeSnapshotHeader,
  decodeSnapshotMeta,
  encodeSnapshotHeader,
  encodeSnapshotMeta,
  readSnapshotMeta,
  writeSnapshotMeta,
} from "./wire/snapshot-codec.ts";
