export type { CallOptions, Client, NodeReadiness } from "./client.ts";
export { createClient } from "./client.ts";
export type { ClientOptions } from "./client-config.ts";
export type { ClusterView, MemberView, NodeView } from "./cluster-view.ts";
export type { DeleteReceipt, StoredValue, WriteReceipt } from "./key-answers.ts";
