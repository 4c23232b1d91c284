import type { Duplex } from "node:stream";
import { CaucusError, type Logger, silentLogger } from "@caucus/base";
import type { PeerHandler } from "@caucus/raft";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { serverOptions } from "./channel-options.ts";
import type { ClusterHandler } from "./cluster-calls.ts";
import { clusterImplementation } from "./cluster-service.ts";
import type { PeerRegistry } from "./peer-registry.ts";
import { PeerStreams, type ServerContext } from "./peer-service.ts";
import { RPC_DEFAULTS, type RpcConfig } from "./rpc-config.ts";
import { clusterService, peerService } from "./service-definitions.ts";
import { snapshotService } from "./snapshot-service.ts";

export interface RpcServerOptions {
  /** Asked for the own identity too, at each handshake. */
  readonly cluster: ClusterHandler;
  /** The one that the transport of this node uses too. */
  readonly registry: PeerRegistry;
  /** Default: RPC_DEFAULTS. */
  readonly config?: RpcConfig;
  readonly logger?: Logger;
}

/** The gRPC side of one node: on a port of its own, on sockets that it is given, or both. */
export interface RpcServer {
  /** Until there is one, and after `undefined`, peers are refused with "no cluster yet". */
  setPeerHandler(handler: PeerHandler | undefined): void;
  /**
   * Listens on `host:port` and resolves to it with the port in use. Rejects with CaucusError
   * `unavailable` that names the address; `option` is how the user would change it.
   */
  listen(address: string, option?: string): Promise<string>;
  /** Takes over a connection that has begun with the HTTP/2 preface. */
  injectConnection(socket: Duplex): void;
  /** Lets running calls end for `graceMs` (default 1,000), then cuts them. Injected ones first. */
  close(graceMs?: number): Promise<void>;
}

export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { cluster, registry, config = RPC_DEFAULTS, logger = silentLogger } = options;
  let peerHandler: PeerHandler | undefined;
  const context: ServerContext = {
    config,
    registry,
    logger,
    identify: () => cluster.identify(),
    peerHandler: () => peerHandler,
  };
  const streams = new PeerStreams(context);
  const server = new Server(serverOptions(config));
  server.addService(peerService, {
    Messages: streams.handle,
    Snapshot: snapshotService(context),
  });
  server.addService(clusterService, clusterImplementation(cluster));
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  let closing: Promise<void> | undefined;
  return {
    setPeerHandler: (handler) => {
      peerHandler = handler;
      if (handler === undefined) streams.close();
    },
    listen: (address, option) => listen(server, address, option),
    injectConnection: (socket) => {
      if (closing === undefined) injector.injectConnection(socket);
      else socket.destroy();
    },
    close: (graceMs = 1_000) => {
      closing ??= (async () => {
        peerHandler = undefined;
        streams.close();
        injector.drain(graceMs);
        await shutDown(server, graceMs);
        injector.destroy();
      })();
      return closing;
    },
  };
}

function listen(server: Server, address: string, option = "the rpc address"): Promise<string> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) {
        resolve(`${address.slice(0, address.lastIndexOf(":"))}:${port}`);
        return;
      }
      const why = error.message.includes("EADDRINUSE") ? "the port is taken" : error.message;
      const message = `cannot listen on ${address} for gRPC: ${why}; choose another with ${option}`;
      reject(new CaucusError("unavailable", message, { cause: error }));
    });
  });
}

/** Resolves in every case: what does not end by itself is cut. */
function shutDown(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.forceShutdown();
      resolve();
    }, graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
