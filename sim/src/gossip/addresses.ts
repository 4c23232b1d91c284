import type { SocketAddress } from "@caucus/chitchat";

const HOST = "127.0.0.1";
const FIRST_PORT = 10_000;

/** The node id of all processes of the machine with this label. */
export function nameOf(label: number): string {
  return `node-${label}`;
}

/** Where the machine with this label listens. */
export function addressOf(label: number): SocketAddress {
  return { host: HOST, port: FIRST_PORT + label };
}

/** The machine at this address; 0 or a number without a machine for addresses of strangers. */
export function labelOf({ host, port }: SocketAddress): number {
  return host === HOST && port > FIRST_PORT ? port - FIRST_PORT : 0;
}
