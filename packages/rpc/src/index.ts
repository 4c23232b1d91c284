export type {
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
