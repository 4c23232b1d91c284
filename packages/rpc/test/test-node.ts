import { createSeededRng, type Logger, silentLogger } from "@caucus/base";
import { eventually } from "@caucus/base/testing";
import type { ClusterId, Member, MemberKey, PeerHandler } from "@caucus/raft";
import type { ClusterHandler } from "../src/cluster-calls.ts";
import { GrpcPeerTransport } from "../src/grpc-peer-transport.ts";
import { PeerRegistry } from "../src/peer-registry.ts";
import { RPC_DEFAULTS, type RpcConfig } from "../src/rpc-config.ts";
import { createRpcServer, type RpcServer } from "../src/rpc-server.ts";

export const CLUSTER: ClusterId = "c0000000000000000000000000000001";

export function keyOf(label: number): MemberKey {
  return label.toString(16).padStart(32, "0");
}

export interface TestNodeOptions {
  readonly label: number;
  readonly handler?: PeerHandler;
  readonly cluster?: ClusterId;
  readonly key?: MemberKey;
  readonly startCounter?: number;
  /** Default: any free port. */
  readonly address?: string;
  readonly config?: Partial<RpcConfig>;
  readonly logger?: Logger;
  readonly calls?: Partial<ClusterHandler>;
}

/** One node's server and transport on loopback. */
export interface TestNode {
  readonly member: Member;
  readonly server: RpcServer;
  readonly transport: GrpcPeerTransport;
  readonly registry: PeerRegistry;
  stop(): Promise<void>;
}

export async function startNode(options: TestNodeOptions): Promise<TestNode> {
  const { label, cluster = CLUSTER, startCounter = 1, logger = silentLogger } = options;
  const config = { ...RPC_DEFAULTS, ...options.config };
  const registry = new PeerRegistry();
  const key = options.key ?? keyOf(label);
  let member: Member = { key, label, rpcAddress: "", apiAddress: "127.0.0.1:9" };
  const handler: ClusterHandler = {
    identify: () => ({ member, cluster, startCounter, lastIndex: 0, leader: undefined }),
    promise: () => Promise.resolve({ kind: "granted" }),
    withdraw: () => Promise.resolve(),
    invite: () => Promise.resolve(),
    join: () => Promise.resolve({ kind: "member" }),
    admin: () => Promise.resolve({ failed: false, body: "{}" }),
    forward: () => {},
    ...options.calls,
  };
  const server = createRpcServer({ cluster: handler, registry, config, logger });
  server.setPeerHandler(options.handler);
  const rpcAddress = await server.listen(options.address ?? "127.0.0.1:0");
  member = { ...member, rpcAddress };
  const self = { member, cluster, startCounter };
  const rng = createSeededRng(label);
  const transport = new GrpcPeerTransport({ self, registry, rng, config, logger });
  const stop = async (): Promise<void> => {
    transport.close();
    await server.close(200);
  };
  return { member, server, transport, registry, stop };
}

/** Tells each node of all others and waits until every stream stands. */
export async function connect(...nodes: readonly TestNode[]): Promise<void> {
  for (const node of nodes) node.transport.setPeers(nodes.map((other) => other.member));
  for (const node of nodes) {
    for (const other of nodes) {
      if (other === node) continue;
      await eventually("a stream stands", () => isOpen(node, other));
    }
  }
}

export function isOpen(node: TestNode, other: TestNode): boolean {
  return node.transport.peerStatus(other.member.key)?.state === "open";
}
