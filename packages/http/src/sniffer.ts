// One port for HTTP/1.1 and gRPC. Fastify's own server listens and keeps its deadlines for heads
// and requests; only its `connection` listeners are held back until the first bytes are known.
// An HTTP/2 connection begins with the preface `PRI * HTTP/2.0`, and no HTTP/1 method is `PRI`.

import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { GrpcConnections } from "./options.ts";

const PREFACE = Buffer.from("PRI");

export interface SnifferOptions {
  /** Undefined: everything is taken for HTTP/1.1. */
  readonly grpc: GrpcConnections | undefined;
  /** A connection that has not shown what it is by then is cut. */
  readonly timeoutMs: number;
}

/** `undecided`: have not shown yet what they are. */
export interface ConnectionCounts {
  readonly undecided: number;
  readonly http: number;
  readonly grpc: number;
}

export interface Sniffer {
  /**
   * For a server that has stopped accepting. Cuts connections that have not shown what they are,
   * gives requests in progress `graceMs`, and resolves when no HTTP/1.1 connection is left.
   */
  finishHttp(graceMs: number): Promise<void>;
  /** Open now. */
  connections(): ConnectionCounts;
  /** Cuts everything, gRPC included. */
  destroyAll(): void;
}

/** Puts itself in front of the listeners that the server has now. Call it before listening. */
export function installSniffer(server: Server, options: SnifferOptions): Sniffer {
  const { grpc, timeoutMs } = options;
  const listeners = server.listeners("connection");
  const undecided = new Set<Socket>();
  const http = new Set<Socket>();
  const http2 = new Set<Socket>();
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    hold(undecided, socket);
    sniff(socket, timeoutMs, (isHttp2) => {
      undecided.delete(socket);
      if (isHttp2 && grpc !== undefined) {
        hold(http2, socket);
        grpc.injectConnection(socket);
        return;
      }
      hold(http, socket);
      for (const listener of listeners) listener.call(server, socket);
      // Pausing is remembered by the stream: the HTTP parser gets nothing until it flows again.
      socket.resume();
    });
  });
  return {
    async finishHttp(graceMs) {
      destroy(undecided);
      const timer = setTimeout(() => destroy(http), graceMs);
      await Promise.all([...http].map(closeOf));
      clearTimeout(timer);
    },
    connections: () => ({ undecided: undecided.size, http: http.size, grpc: http2.size }),
    destroyAll() {
      for (const sockets of [undecided, http, http2]) destroy(sockets);
    },
  };
}

function hold(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.once("close", () => sockets.delete(socket));
}

function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
}

function destroy(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) socket.destroy();
}

/** Hands the socket over, paused and with its bytes put back, as soon as three tell (or one). */
function sniff(socket: Socket, timeoutMs: number, handOver: (isHttp2: boolean) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const cut = (): void => {
    socket.destroy();
  };
  const timer = setTimeout(cut, timeoutMs);

  const onData = (chunk: Buffer): void => {
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const compared = Math.min(seen.length, PREFACE.length);
    const matches = seen.subarray(0, compared).equals(PREFACE.subarray(0, compared));
    if (matches && compared < PREFACE.length) return;
    forget();
    socket.pause();
    socket.unshift(seen);
    handOver(matches);
  };
  const forget = (): void => {
    clearTimeout(timer);
    socket.off("data", onData).off("end", cut).off("error", cut).off("close", forget);
  };
  socket.on("data", onData).on("end", cut).on("error", cut).on("close", forget);
}
