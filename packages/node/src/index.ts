/**
 * The edges (HTTP, command line) import only this package: the words in which the service speaks
 * are handed on here.
 */
export type { Command, CommandResult, KeyRecord, SessionTag } from "@caucus/kv";
export { KEY_BYTES_MAX, OPERATIONS_MAX, VALUE_BYTES_MAX } from "@caucus/kv";
export type { Configuration, Member } from "@caucus/raft";
export { EMPTY_CONFIGURATION, memberOf, memberWithLabel } from "@caucus/raft";
export { discardData } from "@caucus/storage";
export type { NodeEnd, RunningNode } from "./cluster-node.ts";
export type {
  Consistency,
  KnownNode,
  KvService,
  LearnerRequest,
  MembershipRequest,
  MembershipResult,
  NodeRole,
  NodeStatus,
  PeerStatus,
  Readiness,
  ReadOptions,
  WriteOptions,
  WriteResult,
} from "./kv-service.ts";
export type { NodeOptions } from "./node-options.ts";
export { NODE_DEFAULTS } from "./node-options.ts";
export { startNode } from "./start-node.ts";
