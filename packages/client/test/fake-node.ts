import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface SeenRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: unknown;
}

export interface FakeNode extends AsyncDisposable {
  readonly endpoint: string;
  readonly seen: readonly SeenRequest[];
}

export interface FakeAnswer {
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** "hang" never answers; "cut" closes the connection after the request has arrived. */
export type FakeReply = FakeAnswer | "hang" | "cut";

/** A node that answers as `reply` says. */
export async function startFakeNode(reply: (request: SeenRequest) => FakeReply): Promise<FakeNode> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, (one) => {
      seen.push(one);
      return reply(one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  reply: (request: SeenRequest) => FakeReply,
): Promise<void> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  const what = reply({
    method: request.method ?? "",
    url: new URL(request.url ?? "/", "http://fake"),
    body: text === "" ? undefined : JSON.parse(text),
  });
  if (what === "hang") return;
  if (what === "cut") {
    request.socket.destroy();
    return;
  }
  response.writeHead(what.status ?? 200, { "content-type": "application/json", ...what.headers });
  response.end(JSON.stringify(what.body ?? {}));
}

/** An address on which nobody listens. */
export async function deadEndpoint(): Promise<string> {
  const node = await startFakeNode(() => ({}));
  await node[Symbol.asyncDispose]();
  return node.endpoint;
}
