/**
 * The service that a node says it runs, as it stands in gossip under one key. The value is the JSON
 * of seed 1's program, `{"Searcher":{"host":"10.0.0.1:8080","shard":1}}`, so that its nodes
 * and ours can read each other.
 */
import { CaucusError } from "@caucus/base";

export interface ServiceKind {
  /** As flags and queries write it. */
  readonly type: ServiceType;
  /** As gossip and seed 1's answers write it. */
  readonly name: string;
  readonly sharded: boolean;
  readonly description: string;
}

export type ServiceType =
  | "searcher"
  | "api_gateway"
  | "data_processor"
  | "storage"
  | "load_balancer"
  | "analytics";

export const SERVICE_KINDS: readonly ServiceKind[] = [
  kind("searcher", "Searcher", true, "Search query processing"),
  kind("api_gateway", "ApiGateway", false, "API request routing"),
  kind("data_processor", "DataProcessor", true, "Data processing and analytics"),
  kind("storage", "Storage", true, "Data storage and retrieval"),
  kind("load_balancer", "LoadBalancer", false, "Load balancing and routing"),
  kind("analytics", "Analytics", true, "Analytics and reporting"),
];

export const SERVICE_TYPES: readonly ServiceType[] = SERVICE_KINDS.map(({ type }) => type);

export interface ServiceInfo {
  readonly type: ServiceType;
  /** `host:port` where the service is reached. */
  readonly host: string;
  /** 0 for a service without shards. */
  readonly shard: number;
}

/** Longer values of others are not read: no service needs them. */
const VALUE_LENGTH_MAX = 1_000;

/** @throws CaucusError `invalid_argument` that names the field, its value and what is allowed */
export function checkServiceInfo(type: string, host: string, shard: number): ServiceInfo {
  const known = SERVICE_KINDS.find((candidate) => candidate.type === type);
  if (known === undefined) {
    const given = JSON.stringify(type.slice(0, 60));
    throw invalid(`Unknown service type: ${given}; allowed are ${SERVICE_TYPES.join(", ")}`);
  }
  if (!isHost(host)) {
    const given = JSON.stringify(host.slice(0, 60));
    throw invalid(
      `Invalid host format: host is ${given}; allowed is host:port with a port of 1 to 65535`,
    );
  }
  if (!isShard(shard)) {
    throw invalid(`Invalid shard: ${shard}; allowed are whole numbers from 0`);
  }
  if (!known.sharded && shard !== 0) {
    const sharded = SERVICE_KINDS.filter((candidate) => candidate.sharded);
    const names = sharded.map((candidate) => candidate.type).join(", ");
    throw invalid(
      `Invalid shard: ${type} has no shards, so ${shard} is not allowed; only ${names} have them`,
    );
  }
  return { type: known.type, host, shard };
}

export function serviceKind(type: ServiceType): ServiceKind {
  const found = SERVICE_KINDS.find((candidate) => candidate.type === type);
  if (found === undefined) throw invalid(`Unknown service type: ${type}`);
  return found;
}

/** What seed 1's answers and gossip hold. */
export function serviceObject(service: ServiceInfo): object {
  const { name, sharded } = serviceKind(service.type);
  const { host, shard } = service;
  return { [name]: sharded ? { host, shard } : { host } };
}

/** Undefined for what is not a service: values of other nodes may be anything. */
export function readService(value: string | undefined): ServiceInfo | undefined {
  if (value === undefined || value.length > VALUE_LENGTH_MAX) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const [entry, ...more] = Object.entries(parsed);
  const found = SERVICE_KINDS.find(({ name }) => name === entry?.[0]);
  if (entry === undefined || found === undefined || more.length > 0) return undefined;
  const { host, shard = 0 } = (entry[1] ?? {}) as { host?: unknown; shard?: unknown };
  if (typeof host !== "string" || !isHost(host)) return undefined;
  if (typeof shard !== "number" || !isShard(shard)) return undefined;
  return { type: found.type, host, shard: found.sharded ? shard : 0 };
}

const HOST = /^(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._-]{1,253}):(\d{1,5})$/;

function isHost(host: string): boolean {
  const port = Number(HOST.exec(host)?.[1]);
  return port >= 1 && port <= 65_535;
}

function isShard(shard: number): boolean {
  return Number.isSafeInteger(shard) && shard >= 0;
}

function kind(type: ServiceType, name: string, sharded: boolean, description: string): ServiceKind {
  return { type, name, sharded, description };
}

function invalid(message: string): CaucusError {
  return new CaucusError("invalid_argument", message);
}
