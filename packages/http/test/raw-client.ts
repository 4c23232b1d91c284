import { connect, type Socket } from "node:net";
import type { HttpAddress } from "../src/index.ts";

/** Everything that the server said until it closed the connection. */
export interface Conversation {
  readonly socket: Socket;
  readonly closed: Promise<string>;
}

export async function converse(address: HttpAddress): Promise<Conversation> {
  const socket = connect(address.port, address.host);
  let heard = "";
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    heard += text;
  });
  // A reset is one of the ways to be cut off; "close" follows.
  socket.on("error", () => {});
  const closed = new Promise<string>((resolve) => {
    socket.once("close", () => resolve(heard));
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
