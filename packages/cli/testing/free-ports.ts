// Ports for the nodes of tests. The system's own choice (port 0) lies where outgoing connections get
// their ports from, so that a port that was free a moment ago is somebody's when the node starts.
// These lie below that range, and each test process has a part of its own.
import { createSocket } from "node:dgram";
import { createServer, type Server } from "node:net";

const FIRST_PORT = 12_000;
/** Linux gives outgoing connections ports from 32,768 on, others higher ones. */
const END_PORT = 32_000;
const PORTS_PER_PROCESS = 200;

const PARTS = (END_PORT - FIRST_PORT) / PORTS_PER_PROCESS;
/** Processes that run at the same time have ids near each other, so their parts differ. */
const PART_START: number = FIRST_PORT + (process.pid % PARTS) * PORTS_PER_PROCESS;

let nextOffset = 0;

/** Ports on 127.0.0.1, free for TCP and UDP a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePortRow(1));
  return ports;
}

/** The first of `count` free ports in a row. */
export async function freePortRow(count: number): Promise<number> {
  for (let attempt = 0; attempt < PORTS_PER_PROCESS; attempt++) {
    if (nextOffset + count > PORTS_PER_PROCESS) nextOffset = 0;
    const first = PART_START + nextOffset;
    nextOffset += count;
    const row = Array.from({ length: count }, (_, place) => first + place);
    const free = await Promise.all(row.map(isFree));
    if (free.every((is) => is)) return first;
  }
  throw new Error(`no ${count} free ports in a row from ${PART_START} on`);
}

async function isFree(port: number): Promise<boolean> {
  try {
    await close(await listen(port));
  } catch {
    return false;
  }
  return await new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => {
      socket.close();
      resolve(false);
    });
    socket.bind(port, "127.0.0.1", () => socket.close(() => resolve(true)));
  });
}

/** Takes a port until it is closed; cuts whoever connects. Port 0 lets the system choose. */
export async function listen(port: number): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  return await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "127.0.0.1" }, () => resolve(server));
  });
}

export async function close(server: Server): Promise<void> {
  await new Promise((resolve) => server.close(resolve));
}

export function portOf(server: Server | undefined): number {
  const address = server?.address();
  if (typeof address === "object" && address !== null) return address.port;
  throw new Error("it does not listen");
}
