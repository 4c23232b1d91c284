/**
 * A small HTTP/1.1 load generator on raw sockets: each connection has one request in flight, so
 * that the machine's two cores serve the cluster rather than the client.
 */
import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface HttpLoad {
  /** Connection `n` talks to target `n mod length`. */
  readonly targets: readonly Target[];
  readonly connections: number;
  readonly durationMs: number;
  /** The next request of a connection. */
  readonly request: (connection: number, count: number) => HttpRequest;
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
}

export interface LoadResult {
  readonly perSecond: number;
  /** Milliseconds from sending a request to its whole answer. */
  readonly medianMs: number;
  readonly p99Ms: number;
}

const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Runs for `durationMs`; any answer but a 200 ends the run with an error that quotes it. */
export async function runHttpLoad(load: HttpLoad): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const endMs = performance.now() + load.durationMs;
  await Promise.all(
    Array.from({ length: load.connections }, (_, connection) =>
      runConnection(load, connection, endMs, latenciesMs),
    ),
  );
  latenciesMs.sort((left, right) => left - right);
  const at = (share: number): number => latenciesMs[Math.floor(latenciesMs.length * share)] ?? 0;
  return {
    perSecond: latenciesMs.length / (load.durationMs / 1000),
    medianMs: at(0.5),
    p99Ms: at(0.99),
  };
}

function runConnection(
  load: HttpLoad,
  connection: number,
  endMs: number,
  latenciesMs: number[],
): Promise<void> {
  const target = load.targets[connection % load.targets.length] as Target;
  return new Promise((resolve, reject) => {
    const socket = connect({ ...target, noDelay: true });
    let received = Buffer.alloc(0);
    let count = 0;
    let sentMs = 0;
    const send = (): void => {
      sentMs = performance.now();
      if (sentMs >= endMs) {
        socket.end();
        resolve();
        return;
      }
      writeRequest(socket, target, load.request(connection, count++));
    };
    socket.once("error", reject);
    socket.on("connect", send);
    socket.on("data", (chunk) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const length = answerLength(received);
      if (received.length > ANSWER_BYTES_MAX) reject(new Error("an answer above 4 MiB"));
      if (length === undefined || received.length < length) return;
      if (!received.subarray(0, 16).includes(" 200 ")) {
        reject(new Error(`answered ${received.toString("utf8", 0, 500)}`));
        socket.destroy();
        return;
      }
      received = received.subarray(length);
      latenciesMs.push(performance.now() - sentMs);
      send();
    });
  });
}

function writeRequest(socket: Socket, target: Target, request: HttpRequest): void {
  const { method, path, body } = request;
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${target.host}:${target.port}\r\n`;
  if (body === undefined) {
    socket.write(`${head}\r\n`);
  } else {
    const length = Buffer.byteLength(body);
    const type = "content-type: application/json";
    socket.write(`${head}${type}\r\ncontent-length: ${length}\r\n\r\n${body}`);
  }
}

/** Bytes of the first answer in the buffer; undefined while its head is incomplete. */
function answerLength(received: Buffer): number | undefined {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const head = received.toString("latin1", 0, headEnd).toLowerCase();
  const length = /\r\ncontent-length: (\d+)/.exec(head);
  if (length !== null) return headEnd + 4 + Number(length[1]);
  const end = received.indexOf("0\r\n\r\n", headEnd + 4);
  return end === -1 ? undefined : end + 5;
}
