import { createHttpServer, type HttpServer, type HttpServerOptions } from "../src/index.ts";
import { createFakeKvService, type FakeKvService } from "../testing/index.ts";

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  json(): Record<string, unknown>;
}

export interface Api {
  readonly service: FakeKvService;
  readonly server: HttpServer;
  get(url: string, headers?: Record<string, string>): Promise<Reply>;
  /** A string goes as it is, anything else as JSON; undefined sends no body. */
  post(url: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  send(method: string, url: string, headers?: Record<string, string>): Promise<Reply>;
}

/** What `curl -d` sends unless told otherwise. */
export const CURL = { "content-type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "content-type": "application/json" };

export async function createApi(
  options: Partial<HttpServerOptions> = {},
  service: FakeKvService = createFakeKvService(),
): Promise<Api> {
  const server = await createHttpServer({ service, ...options });
  const send = async (
    method: string,
    url: string,
    headers: Record<string, string> = {},
    payload?: string,
  ): Promise<Reply> => {
    const reply = await server.inject({
      method: method as "GET",
      url,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    return {
      status: reply.statusCode,
      type: String(reply.headers["content-type"] ?? ""),
      headers: reply.headers,
      text: reply.body,
      json: () => JSON.parse(reply.body) as Record<string, unknown>,
    };
  };
  return {
    service,
    server,
    get: (url, headers) => send("GET", url, headers),
    post: (url, body, headers = JSON_TYPE) =>
      body === undefined
        ? send("POST", url)
        : send("POST", url, headers, typeof body === "string" ? body : JSON.stringify(body)),
    send: (method, url, headers) => send(method, url, headers),
  };
}
