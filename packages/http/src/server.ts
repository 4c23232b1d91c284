import { lookup } from "node:dns/promises";
import { type FastifyInstance, fastify } from "fastify";
import { guardAgainstBrowsers } from "./browser-guard.ts";
import { answerClientError } from "./client-error.ts";
import { registerDialects, servedDialects } from "./dialects/register-dialects.ts";
import { CLOSE_CODES } from "./events/event-client.ts";
import { EventFeed } from "./events/event-feed.ts";
import { eventState } from "./events/event-state.ts";
import { UpgradableRequest } from "./events/upgradable-request.ts";
import { logInternalError } from "./internal-error.ts";
import { acceptJsonBodies } from "./json-body.ts";
import { listenError } from "./listen-error.ts";
import { Exporter } from "./metrics/exporter.ts";
import { registerOpenApi } from "./openapi.ts";
import {
  type HttpServerConfig,
  type HttpServerOptions,
  resolveHttpServerConfig,
} from "./options.ts";
import { sendThrown } from "./problem.ts";
import { limitRequests } from "./rate-limit.ts";
import type { RouteContext } from "./route-context.ts";
import { refuseUnknownRoutes } from "./route-table.ts";
import { registerAdminRoutes } from "./routes/admin.ts";
import { registerClusterRoutes } from "./routes/cluster.ts";
import { acceptWebSockets, registerEventRoutes } from "./routes/events.ts";
import { registerHealthRoutes } from "./routes/health.ts";
import { registerKvRoutes } from "./routes/kv.ts";
import { registerMemberRoutes } from "./routes/members.ts";
import { registerMetricsRoutes } from "./routes/metrics.ts";
import { formatSchemaErrors } from "./schema-error.ts";
import { installSniffer, type Sniffer } from "./sniffer.ts";

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

export interface HttpServer {
  /**
   * Answers with where it listens; port 0 lets the system choose. Rejects with a CaucusError that
   * names the address and the option to change.
   */
  listen(host: string, port: number): Promise<HttpAddress>;
  /** Undefined unless listening. */
  readonly address: HttpAddress | undefined;
  /** Answers a request without a socket; for tests. */
  readonly inject: FastifyInstance["inject"];
  /**
   * Takes no more connections, lets requests in progress end for `closeGraceMs` while gRPC still
   * works, as they may need it, then closes gRPC. Whatever is left is cut.
   */
  close(): Promise<void>;
}

/** Four kilobytes of key may be twelve in a path; Node's default head of 16 KiB is too near. */
const HEAD_BYTES_MAX = 32 * 1024;

/** What may wait for a client of events before states are left out, and how long it may take nothing. */
const EVENT_WAITING_BYTES_MAX = 256 * 1024;
const EVENT_SLOW_MS = 30_000;

export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const config = resolveHttpServerConfig(options);
  const app = createFastify(config);
  let closed: Promise<void> | undefined;
  // A connection that was busy when closing began is idle only now, and would use up the grace.
  app.addHook("onResponse", (_request, _reply, done) => {
    if (closed !== undefined) setImmediate(() => app.server.closeIdleConnections());
    done();
  });
  let sniffer: Sniffer | undefined;
  const feed = createFeed(config);
  const exporter = new Exporter(config, app, () => ({
    connections: sniffer?.connections() ?? { undecided: 0, http: 0, grpc: 0 },
    eventClients: feed.size,
  }));
  await registerRoutes(app, { service: config.service, config, exporter }, feed);
  await app.ready();
  app.server.maxConnections = config.connectionsMax;
  const installed = installSniffer(app.server, {
    grpc: config.grpc,
    timeoutMs: config.sniffTimeoutMs,
  });
  sniffer = installed;
  return {
    listen: (host, port) => listen(app, config, host, port),
    get address() {
      return addressOf(app);
    },
    inject: app.inject.bind(app) as FastifyInstance["inject"],
    close() {
      closed ??= close(app, config, installed, feed);
      return closed;
    },
  };
}

function createFastify(config: HttpServerConfig): FastifyInstance {
  return fastify({
    bodyLimit: config.bodyLimitBytes,
    connectionTimeout: config.connectionTimeoutMs,
    keepAliveTimeout: config.connectionTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    forceCloseConnections: "idle",
    // What arrives on an open connection while it closes is served as well, or refused with an
    // outcome by the service; Fastify's own refusal has neither.
    return503OnClosing: false,
    http: {
      IncomingMessage: UpgradableRequest,
      maxHeaderSize: HEAD_BYTES_MAX,
      headersTimeout: Math.min(config.headersTimeoutMs, config.requestTimeoutMs),
      // How often Node looks at its deadlines; its default of 30 s would double ours.
      connectionsCheckingInterval: Math.min(1_000, config.headersTimeoutMs),
    },
    routerOptions: { maxParamLength: HEAD_BYTES_MAX },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, verbose: true } },
    schemaErrorFormatter: formatSchemaErrors,
    frameworkErrors: (error, request, reply) => {
      sendThrown(request, reply as never, error);
    },
    clientErrorHandler: (error, socket) => answerClientError(error, socket),
  });
}

function createFeed({
  eventClientsMax,
  eventPingMs,
  gossip,
  service,
}: HttpServerConfig): EventFeed {
  return new EventFeed({
    clientsMax: eventClientsMax,
    pingMs: eventPingMs,
    waitingBytesMax: EVENT_WAITING_BYTES_MAX,
    slowMs: EVENT_SLOW_MS,
    read: () => eventState(service, gossip),
    nowMs: () => performance.now(),
    startTimer(everyMs, run) {
      const timer = setInterval(run, everyMs);
      return () => clearInterval(timer);
    },
  });
}

async function registerRoutes(
  app: FastifyInstance,
  context: RouteContext,
  feed: EventFeed,
): Promise<void> {
  const { config } = context;
  await acceptWebSockets(app);
  acceptJsonBodies(app);
  guardAgainstBrowsers(app, config.corsOrigins);
  refuseUnknownRoutes(app, config.dialects);
  app.setErrorHandler((thrown, request, reply) => {
    logInternalError(config.logger, request, thrown);
    return sendThrown(request, reply, thrown);
  });
  await limitRequests(app, config.rateLimit);
  await registerOpenApi(app, config.service.status().version, servedDialects(config));
  registerKvRoutes(app, context);
  registerClusterRoutes(app, context);
  registerEventRoutes(app, config, feed);
  registerMemberRoutes(app, context);
  registerAdminRoutes(app, context);
  registerHealthRoutes(app, context);
  registerMetricsRoutes(app, context);
  await registerDialects(app, context);
}

async function listen(
  app: FastifyInstance,
  config: HttpServerConfig,
  host: string,
  port: number,
): Promise<HttpAddress> {
  try {
    // Fastify listens on every address of `localhost` with further servers, which have no sniffer.
    const address = host === "localhost" ? (await lookup(host, { family: 4 })).address : host;
    await app.listen({ host: address, port });
  } catch (thrown) {
    throw listenError(thrown, host, port, config.listenOption);
  }
  return addressOf(app) ?? { host, port };
}

function addressOf(app: FastifyInstance): HttpAddress | undefined {
  const address = app.server.address();
  if (address === null || typeof address === "string") return undefined;
  return { host: address.address, port: address.port };
}

async function close(
  app: FastifyInstance,
  config: HttpServerConfig,
  sniffer: Sniffer,
  feed: EventFeed,
): Promise<void> {
  feed.close(CLOSE_CODES.goingAway, "the node is stopping");
  // Closing waits for every connection, so it can end only after the following.
  const closed = app.close();
  await sniffer.finishHttp(config.closeGraceMs);
  await config.grpc?.close();
  sniffer.destroyAll();
  await closed;
}
