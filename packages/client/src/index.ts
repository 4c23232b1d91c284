export type {
  CallOptions,
  Client,
  LearnerOptions,
  ListOptions,
  NodeReadiness,
  PolicyChange,
} from "./client.ts";
export { createClient } from "./client.ts";
export type { ClientOptions } from "./client-config.ts";
export type {
  ClusterView,
  MembershipDecision,
  MembershipPolicy,
  MemberView,
  NodeView,
} from "./cluster-view.ts";
export type {
  DeleteReceipt,
  ListEntry,
  ListPage,
  StoredValue,
  WriteReceipt,
} from "./key-answers.ts";
export type { Explanation, KnownMember, MembershipReceipt } from "./member-answers.ts";
