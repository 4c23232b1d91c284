import type { Duplex } from "node:stream";
import { CaucusError, type Logger, silentLogger } from "@caucus/base";
import type { GossipService, KvService, NodeMetrics } from "@caucus/node";
import type { RateLimit } from "./rate-limit.ts";

/** The other APIs that this server speaks beside its own, named as the seeds are. */
export type DialectName = "gossip-kv" | "service-registry" | "raft-cluster" | "raft-key-value";

export const DIALECTS: readonly DialectName[] = [
  "gossip-kv",
  "service-registry",
  "raft-cluster",
  "raft-key-value",
];

/** Where a dialect is served beside the root. */
export function dialectPrefix(name: DialectName): string {
  return `/dialects/${name}`;
}

/** Takes over connections that turn out to be gRPC (HTTP/2); the rpc server has this shape. */
export interface GrpcConnections {
  /** The first bytes have been put back: the socket reads as if it were new. */
  injectConnection(socket: Duplex): void;
  /** Lets calls in progress end for `graceMs`, then cuts them; resolves when all are gone. */
  close(graceMs?: number): Promise<void>;
}

export interface HttpServerOptions {
  readonly service: KvService;
  /** Absent: the node does not gossip, and the dialects of gossip are not served. */
  readonly gossip?: GossipService | undefined;
  /** Absent: `/metrics` has only what the service itself tells. */
  readonly metrics?: NodeMetrics | undefined;
  /** Absent: HTTP only; an HTTP/2 preface is answered with 400. */
  readonly grpc?: GrpcConnections;
  readonly logger?: Logger;
  /** Largest request body. Default 8 MiB: a value of 1 MiB may need 6 bytes for each in JSON. */
  readonly bodyLimitBytes?: number;
  /** Origins whose pages may call this API; `*` allows all. Default none. */
  readonly corsOrigins?: readonly string[];
  /** Default all of {@link DIALECTS}. */
  readonly dialects?: readonly DialectName[];
  /** False: writes on a follower fail as `not_leader`, as with `?forward=false`. Default true. */
  readonly forwardWrites?: boolean;
  /** Requests of one client within a window; those for health and metrics do not count. Default none. */
  readonly rateLimit?: RateLimit | undefined;
  /** Clients of `/api/cluster/events`; further ones get 503. Default 64. */
  readonly eventClientsMax?: number;
  /** How often such a client is asked whether it is there, and how long it has. Default 30,000. */
  readonly eventPingMs?: number;
  /** Open TCP connections, gRPC included; further ones are dropped. Default 4,096. */
  readonly connectionsMax?: number;
  /** For the first bytes of a connection, which tell HTTP from gRPC. Default 5,000. */
  readonly sniffTimeoutMs?: number;
  /** For the head of a request. Default 10,000. */
  readonly headersTimeoutMs?: number;
  /** For a whole request with its body. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** For a connection on which nothing moves, a slow answer included. Default 75,000. */
  readonly connectionTimeoutMs?: number;
  /** How long `close` waits for requests in progress before it cuts them. Default 3,000. */
  readonly closeGraceMs?: number;
  /** Named when the address cannot be taken. Default `--listen`. */
  readonly listenOption?: string;
}

export type HttpServerConfig = Required<
  Omit<HttpServerOptions, "grpc" | "gossip" | "metrics" | "rateLimit">
> & {
  readonly rateLimit: RateLimit | undefined;
  readonly metrics: NodeMetrics | undefined;
  readonly gossip: GossipService | undefined;
  readonly grpc: GrpcConnections | undefined;
};

export const HTTP_DEFAULTS: Required<
  Omit<HttpServerOptions, "service" | "gossip" | "metrics" | "rateLimit" | "grpc" | "logger">
> = {
  bodyLimitBytes: 8 * 1024 * 1024,
  corsOrigins: [],
  dialects: DIALECTS,
  forwardWrites: true,
  eventClientsMax: 64,
  eventPingMs: 30_000,
  connectionsMax: 4096,
  sniffTimeoutMs: 5_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  connectionTimeoutMs: 75_000,
  closeGraceMs: 3_000,
  listenOption: "--listen",
};

/** Throws `invalid_argument` for an unknown dialect or a limit that is not a positive integer. */
export function resolveHttpServerConfig(options: HttpServerOptions): HttpServerConfig {
  const config = {
    ...HTTP_DEFAULTS,
    logger: silentLogger,
    gossip: undefined,
    metrics: undefined,
    rateLimit: undefined,
    grpc: undefined,
    ...options,
  };
  for (const dialect of config.dialects) {
    if (!DIALECTS.includes(dialect)) {
      const allowed = DIALECTS.join(", ");
      throw new CaucusError("invalid_argument", `dialect is "${dialect}"; allowed are ${allowed}`);
    }
  }
  checkRateLimit(config.rateLimit);
  for (const name of [
    "bodyLimitBytes",
    "eventClientsMax",
    "eventPingMs",
    "connectionsMax",
    "sniffTimeoutMs",
    "headersTimeoutMs",
    "requestTimeoutMs",
    "connectionTimeoutMs",
  ] as const) {
    if (!Number.isSafeInteger(config[name]) || config[name] < 1) {
      throw new CaucusError(
        "invalid_argument",
        `${name} is ${config[name]}; allowed are positive integers`,
      );
    }
  }
  return config;
}

function checkRateLimit(limit: RateLimit | undefined): void {
  for (const [name, value] of Object.entries(limit ?? {})) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    const message = `rateLimit.${name} is ${value}; allowed are positive integers`;
    throw new CaucusError("invalid_argument", message);
  }
}
