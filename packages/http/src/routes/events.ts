import { CaucusError } from "@caucus/base";
import websocket from "@fastify/websocket";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isForeignPage } from "../browser-guard.ts";
import { CLOSE_CODES } from "../events/event-client.ts";
import type { EventFeed } from "../events/event-feed.ts";
import { EVENTS_PATH } from "../events/upgradable-request.ts";
import type { HttpServerConfig } from "../options.ts";
import { problemOf, sendProblem } from "../problem.ts";
import { eventsSchema } from "../schemas/events.ts";

/** Clients have nothing to say: pings and a closing frame fit. */
const RECEIVED_BYTES_MAX = 1_024;

type WebSocket = Parameters<websocket.WebsocketHandler>[0];

/**
 * Call it before any hook that may refuse: only then does the library end the connections of refused
 * handshakes, which Node has let go of.
 */
export async function acceptWebSockets(app: FastifyInstance): Promise<void> {
  await app.register(websocket, {
    options: { maxPayload: RECEIVED_BYTES_MAX },
    // A client that breaks the protocol is closed by the library, with a code that says so.
    errorHandler: () => {},
  });
}

/** `GET /api/cluster/events`, which goes on as a WebSocket. */
export function registerEventRoutes(
  app: FastifyInstance,
  config: HttpServerConfig,
  feed: EventFeed,
): void {
  app.route({
    method: "GET",
    url: EVENTS_PATH,
    schema: eventsSchema,
    exposeHeadRoute: false,
    preValidation: (request, reply, done) => {
      if (!request.ws) return done();
      if (isForeignPage(request, config.corsOrigins)) {
        const detail = `a page of ${request.headers.origin} opened this; allowed are the origins in cors_origins`;
        return void sendProblem(reply, problemOf("forbidden", detail.slice(0, 300)));
      }
      return done(feed.isFull ? tooMany(config) : undefined);
    },
    handler: (_request, reply) => {
      reply.header("upgrade", "websocket");
      const detail = "this is a WebSocket: send Upgrade: websocket, as WebSocket clients do";
      return sendProblem(reply, problemOf("upgrade_required", detail));
    },
    wsHandler: (socket: WebSocket, _request: FastifyRequest) => serve(socket, config, feed),
  });
}

function serve(socket: WebSocket, config: HttpServerConfig, feed: EventFeed): void {
  // Others may have come in while this one was shaking hands.
  if (feed.isFull) {
    socket.close(CLOSE_CODES.tryLater, tooMany(config).message);
    return;
  }
  socket.on("close", () => feed.remove(socket));
  const client = feed.add(socket);
  socket.on("pong", () => client.answered());
  socket.on("message", () => {
    socket.close(CLOSE_CODES.refused, "this socket only tells: it takes no messages");
  });
}

function tooMany({ eventClientsMax }: HttpServerConfig): CaucusError {
  const message = `${eventClientsMax} clients listen to events, which is the limit`;
  return new CaucusError("overloaded", message, { retryAfterSeconds: 10 });
}
