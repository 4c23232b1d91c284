import { CaucusError } from "@caucus/base";
import {
  AGENT_NOTICE,
  type KvService,
  type NodeStatus,
  type ReadOptions,
  type WriteOptions,
} from "@caucus/node";
import { invalid, quote } from "./key-value-input.ts";
import type { Exporter } from "./metrics/exporter.ts";
import type { HttpServerConfig } from "./options.ts";

/** What every group of routes is made from. */
export interface RouteContext {
  readonly service: KvService;
  readonly config: HttpServerConfig;
  readonly exporter: Exporter;
}

/** For answers that are about Raft alone. Throws `unavailable` where a node takes no part in it. */
export function raftStatus(service: KvService): NodeStatus {
  const status = service.status();
  if (status.state === "gossip-only") throw new CaucusError("unavailable", AGENT_NOTICE);
  return status;
}

const TIMEOUT_MS_MAX = 60_000;

/** `?timeout_ms=` and `?forward=` of writes. */
export interface WriteQuery {
  readonly timeout_ms?: string;
  readonly forward?: "true" | "false";
}

export function writeOptions(query: WriteQuery, config: HttpServerConfig): WriteOptions {
  const forward = query.forward === undefined ? config.forwardWrites : query.forward === "true";
  return { forward, ...timeoutOptions(query.timeout_ms) };
}

export function readOptions(
  consistency: "local" | "linearizable",
  timeoutMs: string | undefined,
): ReadOptions {
  return { consistency, ...timeoutOptions(timeoutMs) };
}

function timeoutOptions(text: string | undefined): { readonly timeoutMs?: number } {
  if (text === undefined) return {};
  const timeoutMs = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(timeoutMs >= 1 && timeoutMs <= TIMEOUT_MS_MAX)) {
    throw invalid(`timeout_ms is ${quote(text)}; allowed are integers from 1 to ${TIMEOUT_MS_MAX}`);
  }
  return { timeoutMs };
}
