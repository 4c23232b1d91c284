import type { Duplex } from "node:stream";
import type { Logger, Rng } from "@caucus/base";
import type { Member, PeerHandler, PeerTransport } from "@caucus/raft";
import {
  type ClusterCalls,
  type ClusterHandler,
  createRpcServer,
  GrpcClusterCalls,
  GrpcPeerTransport,
  type LocalPeer,
  PeerRegistry,
  type RpcServer,
} from "@caucus/rpc";

export interface NodeRpcOptions {
  /** What this node answers to the others. */
  readonly handler: ClusterHandler;
  readonly rng: Rng;
  readonly logger: Logger;
}

/** Raft's transport, which is told who its peers are. */
export type NodeTransport = PeerTransport & { setPeers(members: readonly Member[]): void };

/** How one node and the others reach each other: both ends of every call, stream and snapshot. */
export interface NodeRpc {
  readonly calls: ClusterCalls;
  /** Called once, when the node belongs to a cluster. */
  openTransport(self: LocalPeer): NodeTransport;
  /** Until there is one, and after `undefined`, peers are refused. */
  setPeerHandler(handler: PeerHandler | undefined): void;
  /** @throws CaucusError `unavailable` that names the address and `option`, which would change it */
  listen(address: string, option: string): Promise<unknown>;
  /** Takes over a connection that has begun with the HTTP/2 preface. */
  injectConnection(socket: Duplex): void;
  /** Lets running calls end for `graceMs`, then cuts everything. */
  close(graceMs: number): Promise<void>;
}

/** {@link NodeRpc} over gRPC. */
export class GrpcNodeRpc implements NodeRpc {
  readonly calls: GrpcClusterCalls = new GrpcClusterCalls();
  readonly #options: NodeRpcOptions;
  readonly #registry = new PeerRegistry();
  readonly #server: RpcServer;
  #transport: GrpcPeerTransport | undefined;

  constructor(options: NodeRpcOptions) {
    const { handler, logger } = options;
    this.#options = options;
    this.#server = createRpcServer({ cluster: handler, registry: this.#registry, logger });
  }

  openTransport(self: LocalPeer): NodeTransport {
    const { logger, rng } = this.#options;
    this.#transport = new GrpcPeerTransport({ self, registry: this.#registry, rng, logger });
    return this.#transport;
  }

  setPeerHandler(handler: PeerHandler | undefined): void {
    this.#server.setPeerHandler(handler);
  }

  listen(address: string, option: string): Promise<string> {
    return this.#server.listen(address, option);
  }

  injectConnection(socket: Duplex): void {
    this.#server.injectConnection(socket);
  }

  async close(graceMs: number): Promise<void> {
    await this.#server.close(graceMs);
    this.#transport?.close();
    this.calls.close();
  }
}
