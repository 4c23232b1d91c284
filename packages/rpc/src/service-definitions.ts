import { fileURLToPath } from "node:url";
import type { MethodDefinition, ServiceDefinition } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type {
  AdminReplyMessage,
  AdminRequestMessage,
  BootstrapPromiseMessage,
  Empty,
  ForwardedRepliesMessage,
  ForwardedWritesMessage,
  IdentityMessage,
  JoinReplyMessage,
  JoinRequestMessage,
  PeerAnswer,
  PeerMessage,
  PromiseNameMessage,
  PromiseReplyMessage,
  SnapshotAnswer,
  SnapshotPart,
} from "./proto-types.ts";

/** The methods of proto/peer.proto. */
export interface PeerService extends ServiceDefinition {
  readonly Messages: MethodDefinition<PeerMessage, PeerAnswer>;
  readonly Snapshot: MethodDefinition<SnapshotPart, SnapshotAnswer>;
}

/** The methods of proto/cluster.proto. */
export interface ClusterService extends ServiceDefinition {
  readonly Identify: MethodDefinition<Empty, IdentityMessage>;
  readonly Promise: MethodDefinition<BootstrapPromiseMessage, PromiseReplyMessage>;
  readonly Withdraw: MethodDefinition<PromiseNameMessage, Empty>;
  readonly Invite: MethodDefinition<PromiseNameMessage, Empty>;
  readonly Join: MethodDefinition<JoinRequestMessage, JoinReplyMessage>;
  readonly Admin: MethodDefinition<AdminRequestMessage, AdminReplyMessage>;
  readonly Forward: MethodDefinition<ForwardedWritesMessage, ForwardedRepliesMessage>;
}

// This module runs from dist/src; the .proto files stay beside dist.
const PROTO_FOLDER: string = fileURLToPath(new URL("../../proto", import.meta.url));

const definitions = loadSync(["peer.proto", "cluster.proto"], {
  includeDirs: [PROTO_FOLDER],
  // Bytes stay Buffers: views into what gRPC has received, without a conversion.
  longs: Number,
  enums: String,
  defaults: true,
});

export const peerService: PeerService = definitions["caucus.v1.Peer"] as unknown as PeerService;

export const clusterService: ClusterService = definitions[
  "caucus.v1.Cluster"
] as unknown as ClusterService;
