import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Address } from "@caucus/base";
import { systemCode } from "../command/exit-codes.ts";

/**
 * Whether this process could listen on an address now: undefined when it could, else the system's
 * code, like EADDRINUSE. Another program may still take the port afterwards.
 */
export async function whyNotListen(address: Address): Promise<string | undefined> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", (error) => resolve(systemCode(error) ?? error.message));
    server.listen({ host: address.host, port: address.port, exclusive: true }, () => {
      server.close(() => resolve(undefined));
    });
  });
}

/** The same for UDP. */
export async function whyNotReceive(address: Address): Promise<string | undefined> {
  const socket = createSocket(address.host.includes(":") ? "udp6" : "udp4");
  return await new Promise((resolve) => {
    socket.once("error", (error) => {
      socket.close();
      resolve(systemCode(error) ?? error.message);
    });
    socket.bind({ address: address.host, port: address.port, exclusive: true }, () => {
      socket.close(() => resolve(undefined));
    });
  });
}

/** The reason in words. */
export function listenFailureText(code: string): string {
  switch (code) {
    case "EADDRINUSE":
      return "is in use by another program";
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "is not an address of this machine";
    case "EACCES":
      return "needs more rights than this user has";
    default:
      return `can't be listened on (${code})`;
  }
}
