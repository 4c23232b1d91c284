import { createServer, type Server } from "node:net";

/** Ports on 127.0.0.1 that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}

/** The first of `count` free ports in a row. */
export async function freePortRow(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const servers = [await listen(0)];
    const first = portOf(servers[0]);
    try {
      for (let next = 1; next < count; next++) servers.push(await listen(first + next));
      return first;
    } catch {
      // One of the row is taken, or beyond the last port: try another row.
    } finally {
      await Promise.all(servers.map(close));
    }
  }
  throw new Error(`no ${count} free ports in a row`);
}

/** Takes a port until it is closed; cuts whoever connects. */
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
