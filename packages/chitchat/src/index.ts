export type { ChitchatConfig, ChitchatRuleOptions } from "./core/chitchat-config.ts";
export { CHITCHAT_DEFAULTS, resolveChitchatConfig } from "./core/chitchat-config.ts";
export type { ChitchatId } from "./core/chitchat-id.ts";
export { chitchatIdKey, compareChitchatIds } from "./core/chitchat-id.ts";
export type { KeyStatus, KeyValueUpdate } from "./core/delta.ts";
export type { GossipEvent } from "./core/gossip-event.ts";
export type { GossipNodeOptions, HandleOutcome } from "./core/gossip-node.ts";
export { GossipNode } from "./core/gossip-node.ts";
export { LEFT_KEY } from "./core/key-rules.ts";
export type { ReadonlyNodeState, VersionedValue } from "./core/node-state.ts";
export type { NodeStateUpdate, NodeStateUpdateOutcome } from "./core/node-state-update.ts";
export type { SocketAddress } from "./core/socket-address.ts";
export { formatSocketAddress, parseSocketAddress } from "./core/socket-address.ts";
export type { IdSnapshot, NodeStateSnapshot, StateSnapshot } from "./core/state-snapshot.ts";
export { stringifySnapshot } from "./core/state-snapshot.ts";
export type { ChitchatStats, MembershipEvent } from "./driver/chitchat.ts";
export { Chitchat, createChitchat } from "./driver/chitchat.ts";
export type { ChitchatOptions } from "./driver/chitchat-options.ts";
export type { KeyChange, KeyListener } from "./driver/key-listeners.ts";
export type {
  DatagramHandler,
  DatagramPort,
  DatagramTransport,
  GossipTimers,
  ResolveHost,
} from "./driver/ports.ts";
export { UdpTransport } from "./driver/udp-transport.ts";
export { zstd } from "./zstd.ts";
