import { once } from "node:events";
import { type AddressInfo, createServer, type Server as NetServer } from "node:net";
import type { Duplex } from "node:stream";
import {
  type Address,
  CaucusError,
  formatAddress,
  type Logger,
  parseAddress,
  silentLogger,
} from "@caucus/base";
import type { PeerHandler } from "@caucus/raft";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { serverOptions } from "./channel-options.ts";
import type { ClusterHandler } from "./cluster-calls.ts";
import { type ClusterServing, serveCluster } from "./cluster-service.ts";
import type { PeerRegistry } from "./peer-registry.ts";
import { PeerStreams, type ServerContext } from "./peer-service.ts";
import { RPC_DEFAULTS, type RpcConfig } from "./rpc-config.ts";
import { clusterService, peerService } from "./service-definitions.ts";
import { snapshotService } from "./snapshot-service.ts";

/** Connections of one port: far above what a cluster of the largest size opens. */
const CONNECTIONS_MAX = 1_024;

/** What has been answered may take so long to leave the sockets, in ms. */
const FLUSH_MS = 100;

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
   * `unavailable` that names the address, and `option`, with which the user would change it.
   */
  listen(address: string, option?: string): Promise<string>;
  /** Takes over a connection that has begun with the HTTP/2 preface. */
  injectConnection(socket: Duplex): void;
  /** Lets running calls end for `graceMs` (default 1,000), then cuts them. Injected ones first. */
  close(graceMs?: number): Promise<void>;
}

export function createRpcServer(options: RpcServerOptions): RpcServer {
  return new GrpcServer(options);
}

/**
 * All connections come through the injector, also those of an own port: so there is one way in,
 * and at the end every socket is known and closed.
 */
class GrpcServer implements RpcServer {
  readonly #server: Server;
  readonly #injector: ReturnType<Server["createConnectionInjector"]>;
  readonly #streams: PeerStreams;
  readonly #cluster: ClusterServing;
  readonly #listeners: Set<NetServer> = new Set();
  readonly #sockets: Set<Duplex> = new Set();
  #peerHandler: PeerHandler | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: RpcServerOptions) {
    const { cluster, registry, config = RPC_DEFAULTS, logger = silentLogger } = options;
    const context: ServerContext = {
      config,
      registry,
      logger,
      identify: () => cluster.identify(),
      peerHandler: () => this.#peerHandler,
    };
    this.#streams = new PeerStreams(context);
    this.#cluster = serveCluster(cluster);
    this.#server = new Server(serverOptions(config));
    this.#server.addService(peerService, {
      Messages: this.#streams.handle,
      Snapshot: snapshotService(context),
    });
    this.#server.addService(clusterService, this.#cluster.implementation);
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  }

  setPeerHandler(handler: PeerHandler | undefined): void {
    this.#peerHandler = handler;
    if (handler === undefined) this.#streams.close();
  }

  async listen(address: string, option = "the rpc address"): Promise<string> {
    const { host, port } = addressOf(address);
    const listener = createServer((socket) => this.injectConnection(socket));
    listener.maxConnections = CONNECTIONS_MAX;
    listener.listen(port, host);
    try {
      await once(listener, "listening");
    } catch (cause) {
      const why = reasonOf(cause);
      const message = `cannot listen on ${address} for gRPC: ${why}; choose another with ${option}`;
      throw new CaucusError("unavailable", message, { cause });
    }
    this.#listeners.add(listener);
    const bound = listener.address() as AddressInfo;
    return formatAddress({ host, port: bound.port });
  }

  injectConnection(socket: Duplex): void {
    if (this.#closing !== undefined) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // A connection that breaks is the concern of the calls on it.
    socket.on("error", () => {});
    this.#injector.injectConnection(socket);
  }

  close(graceMs = 1_000): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    this.setPeerHandler(undefined);
    const released = [...this.#listeners].map(
      (listener) => new Promise((resolve) => listener.close(resolve)),
    );
    const endMs = performance.now() + graceMs;
    await within(graceMs, this.#cluster.drain());
    // Of the injector's sessions too; its own drain would make this one return at once.
    await shutDown(this.#server, Math.max(0, endMs - performance.now()));
    // A session that was closed before it was cut would leave its peer with half a connection,
    // and one that closed early (Node 24) may still have answers to send.
    await within(FLUSH_MS, this.#endSockets());
    this.#injector.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(released);
  }

  #endSockets(): Promise<unknown> {
    return Promise.all(
      [...this.#sockets].map(
        (socket) =>
          new Promise((resolve) => {
            socket.once("close", resolve);
            socket.end();
          }),
      ),
    );
  }
}

/** Resolves when `work` has, but no later than after `limitMs`. */
function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Throws CaucusError `invalid_argument` when it is not `host:port`; `[v6]:port` too. */
function addressOf(text: string): Address {
  const address = parseAddress(text, 0);
  if (address !== undefined) return address;
  const message = `address is ${JSON.stringify(text)}, allowed is host:port with port 0 to 65535`;
  throw new CaucusError("invalid_argument", message);
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return "the port is taken";
  return code === "EACCES" ? "this user may not use the port" : cause.message;
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
