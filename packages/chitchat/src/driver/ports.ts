import type { SocketAddress } from "../core/socket-address.ts";

export type DatagramHandler = (datagram: Uint8Array, from: SocketAddress) => void;

/** An open socket. Datagrams may be lost, delayed, doubled and reordered, but not damaged. */
export interface DatagramPort {
  /** Where datagrams to this port arrive; the port is never 0. */
  readonly localAddress: SocketAddress;
  /** Datagrams that were given to `send` and could not leave, since the start. */
  readonly unsent: number;
  /** Never throws and never waits; what can't be sent is lost. */
  send(datagram: Uint8Array, to: SocketAddress): void;
  /** No datagram is handed over afterwards. May be called twice. */
  close(): Promise<void>;
}

export interface DatagramTransport {
  /** Port 0 lets the transport choose. Rejects with CaucusError `unavailable` when taken. */
  open(listen: SocketAddress, onDatagram: DatagramHandler): Promise<DatagramPort>;
}

/** Time as the driver needs it; virtual in tests. */
export interface GossipTimers {
  /** Never goes back; the origin is arbitrary. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`. Returns how to prevent it. */
  startTimer(delayMs: number, run: () => void): () => void;
}

/** IP addresses of a host name. Rejects when there is none. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;
