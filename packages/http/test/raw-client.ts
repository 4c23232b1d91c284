import { connect, type Socket } from "node:net";
import type { HttpAddress } from "../src/index.ts";

/** Everything that the server said until it closed the connection. */
export interface Conversation {
  readonly socket: Socket;
  readonly closed: Promise<string>;
}

/** Far above the deadlines of the tests: a connection that outlives it is a failed test. */
const PATIENCE_MS = 10_000;

export async function converse(address: HttpAddress): Promise<Conversation> {
  const socket = connect(address.port, address.host);
  let heard = "";
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    heard += text;
  });
  // A reset is one of the ways to be cut off; "close" follows.
  socket.on("error", () => {});
  const closed = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`still open after ${PATIENCE_MS} ms; heard ${JSON.stringify(heard)}`));
      socket.destroy();
    }, PATIENCE_MS);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(heard);
    });
  });
  await new Promise<void>((resolve) => {
    socket.once("connect", resolve);
  });
  return { socket, closed };
}

/** Sends `text`, in pieces that each leave in a packet of their own, and waits for the close. */
export async function say(address: HttpAddress, pieces: readonly string[]): Promise<string> {
  const { socket, closed } = await converse(address);
  socket.setNoDelay(true);
  for (const piece of pieces) {
    await new Promise((resolve) => {
      socket.write(piece, "latin1", resolve);
    });
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return closed;
}
