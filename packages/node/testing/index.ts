/** A whole member, to be run in surroundings that a test or the simulator makes. */
export { ClusterNode } from "../src/cluster-node.ts";
export { resolveNodeConfig } from "../src/node-options.ts";
export type { NodeRpc, NodeRpcOptions, NodeTransport } from "../src/node-rpc.ts";
export type { GossipSurroundings, Surroundings } from "../src/surroundings.ts";
