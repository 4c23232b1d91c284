import { DIALECTS, type DialectName, HTTP_DEFAULTS } from "@caucus/http";
import type { IntegerOption, OptionSchema } from "../command/option-schema.ts";

/** What `caucus node` was told of its HTTP server. */
export interface HttpFlags {
  readonly dialects: readonly DialectName[];
  readonly forwardWrites: boolean;
  readonly corsOrigins: readonly string[];
  readonly rateLimitMax: number | undefined;
  readonly rateLimitWindowMs: number | undefined;
  readonly eventClientsMax: number;
  readonly eventPingMs: number;
  readonly bodyLimitBytes: number;
  readonly connectionsMax: number;
  readonly sniffTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly connectionTimeoutMs: number;
  readonly closeGraceMs: number;
}

const MINUTE_MS = 60_000;

export const RATE_LIMIT_WINDOW_MS: number = MINUTE_MS;

export const HTTP_SCHEMA: OptionSchema<HttpFlags> = {
  dialects: {
    type: "choice-list",
    choices: DIALECTS,
    default: DIALECTS,
    doc: "The other APIs that are served beside the one under /api, at the root and under /dialects.",
  },
  forwardWrites: {
    type: "flag",
    default: HTTP_DEFAULTS.forwardWrites,
    doc: "Whether a follower forwards a write to the leader; with false it refuses and names the leader.",
  },
  corsOrigins: {
    type: "origin-list",
    doc: "Origins whose pages in a browser may call this API. Without any, what a page of another site sends is refused.",
  },
  rateLimitMax: {
    type: "integer",
    min: 1,
    max: 1_000_000_000,
    unit: "requests",
    defaultText: "no limit",
    doc: "Requests of one client (an IPv4 address, or an IPv6 network of /64) within a window; further ones get 429. Those for health and metrics do not count.",
  },
  rateLimitWindowMs: {
    type: "integer",
    min: 1,
    max: 24 * 60 * MINUTE_MS,
    unit: "ms",
    defaultText: `${RATE_LIMIT_WINDOW_MS} ms`,
    doc: "The window of --rate-limit-max.",
  },
  eventClientsMax: {
    type: "integer",
    min: 1,
    max: 100_000,
    unit: "clients",
    default: HTTP_DEFAULTS.eventClientsMax,
    doc: "Clients that may follow /api/cluster/events at once; further ones get 503.",
  },
  eventPingMs: timeout(
    HTTP_DEFAULTS.eventPingMs,
    "How often a client of /api/cluster/events is asked whether it is still there.",
  ),
  bodyLimitBytes: {
    type: "integer",
    min: 1_024,
    max: 1_024 * 1_024 * 1_024,
    unit: "bytes",
    default: HTTP_DEFAULTS.bodyLimitBytes,
    doc: "The largest body of a request. A value of 1 MiB may need six bytes for each in JSON.",
  },
  connectionsMax: {
    type: "integer",
    min: 1,
    max: 1_000_000,
    unit: "connections",
    default: HTTP_DEFAULTS.connectionsMax,
    doc: "Open TCP connections, gRPC on the same port included; further ones are dropped.",
  },
  sniffTimeoutMs: timeout(
    HTTP_DEFAULTS.sniffTimeoutMs,
    "How long a connection has for its first bytes, which tell HTTP from gRPC.",
  ),
  headersTimeoutMs: timeout(HTTP_DEFAULTS.headersTimeoutMs, "How long a request has for its head."),
  requestTimeoutMs: timeout(
    HTTP_DEFAULTS.requestTimeoutMs,
    "How long a request has to arrive, with its body.",
  ),
  connectionTimeoutMs: timeout(
    HTTP_DEFAULTS.connectionTimeoutMs,
    "A connection on which nothing moves for this time is closed.",
  ),
  closeGraceMs: timeout(
    HTTP_DEFAULTS.closeGraceMs,
    "How long a stop waits for requests in progress before it cuts them.",
  ),
};

function timeout(fallback: number, doc: string): IntegerOption & { readonly default: number } {
  return { type: "integer", min: 1, max: 10 * MINUTE_MS, unit: "ms", default: fallback, doc };
}
