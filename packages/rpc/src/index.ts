export type {
  AdminMethod,
  AdminReply,
  AdminRequest,
  BootstrapPromise,
  ClusterCalls,
  ClusterHandler,
  ForwardedReply,
  ForwardedWrite,
  Identity,
  JoinReply,
  JoinRequest,
  PromiseReply,
} from "./cluster-calls.ts";
export { GrpcClusterCalls } from "./grpc-cluster-calls.ts";
export type { GrpcPeerTransportOptions, PeerLinkStatus } from "./grpc-peer-transport.ts";
export { GrpcPeerTransport } from "./grpc-peer-transport.ts";
export { grpcStatusOf } from "./grpc-status.ts";
export { PeerRegistry } from "./peer-registry.ts";
export type { LocalPeer } from "./protocol.ts";
export { PEER_PROTOCOL } from "./protocol.ts";
export type { RpcConfig, RpcOptions } from "./rpc-config.ts";
export { RPC_DEFAULTS, resolveRpcConfig } from "./rpc-config.ts";
export type { RpcServer, RpcServerOptions } from "./rpc-server.ts";
export { createRpcServer } from "./rpc-server.ts";
