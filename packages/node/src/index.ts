/**
 * The edges (HTTP, command line) import only this package: the words in which the service speaks
 * are handed on here.
 */
export type { ChitchatStats, IdSnapshot, NodeStateSnapshot, StateSnapshot } from "@caucus/chitchat";
export { stringifySnapshot } from "@caucus/chitchat";
export type {
  Command,
  CommandResult,
  Condition,
  KeyPage,
  KeyRecord,
  MembershipPolicy,
  Operation,
  SessionTag,
} from "@caucus/kv";
export {
  COMMAND_BYTES_MAX,
  compareBytes,
  KEY_BYTES_MAX,
  LIST_BYTES_MAX,
  OPERATIONS_MAX,
  VALUE_BYTES_MAX,
  validateCommand,
} from "@caucus/kv";
export type { Configuration, Member, RaftOptions } from "@caucus/raft";
export { EMPTY_CONFIGURATION, memberOf, memberWithLabel, RAFT_DEFAULTS } from "@caucus/raft";
export { discardData } from "@caucus/storage";
export type { Formation } from "./bootstrap/bootstrap.ts";
export type { NodeEnd, RunningNode } from "./cluster-node.ts";
export type { Advertisement, RaftAdvertisement } from "./gossip/advertisement.ts";
export type { AgentOptions } from "./gossip/agent-service.ts";
export { AGENT_NOTICE, createAgentService } from "./gossip/agent-service.ts";
export type { ServiceInfo, ServiceKind, ServiceType } from "./gossip/service-info.ts";
export {
  checkServiceInfo,
  SERVICE_KINDS,
  SERVICE_TYPES,
  serviceKind,
  serviceObject,
} from "./gossip/service-info.ts";
export type { GossipOptions, RunningGossip } from "./gossip/start-gossip.ts";
export { GOSSIP_DEFAULTS, startGossip } from "./gossip/start-gossip.ts";
export type { GossipMember, GossipService } from "./gossip-service.ts";
export type {
  Consistency,
  Explanation,
  KnownNode,
  KvService,
  LearnerRequest,
  ListOptions,
  MembershipDecision,
  MembershipRequest,
  MembershipResult,
  MembershipView,
  NodeRole,
  NodeStatus,
  Nominee,
  PeerStatus,
  PolicyRequest,
  Readiness,
  ReadOptions,
  RemovalRequest,
  WriteOptions,
  WriteResult,
} from "./kv-service.ts";
export type { NodeCounts, NodeMetrics, NodeObserver, PeerInflight } from "./node-metrics.ts";
export type { NodeOptions } from "./node-options.ts";
export { NODE_DEFAULTS } from "./node-options.ts";
export { startNode } from "./start-node.ts";
