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
