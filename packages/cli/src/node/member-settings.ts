import { resolve } from "node:path";
import { CaucusError } from "@caucus/base";
import { checkServiceInfo } from "@caucus/node";
import { optionName } from "../command/option-schema.ts";
import { type HttpFlags, RATE_LIMIT_WINDOW_MS } from "./http-schema.ts";
import type { AgentSettings, GossipSettings, HttpSettings, MemberSettings } from "./member.ts";
import type { NodeFlags } from "./node-schema.ts";
import { type Addresses, resolveAddresses } from "./resolve-addresses.ts";

/** Where `caucus node` keeps its data unless told otherwise, relative to the working directory. */
function defaultDataDir(label: number): string {
  return `caucus-data/node-${label}`;
}

/** Flags that mean nothing to a node without Raft. */
const MEMBER_FLAGS = ["rpcAddr", "dataDir", "join", "bootstrap", "bootstrapExpect"] as const;

/** Throws CaucusError `invalid_argument`, also for flags that only a member has a use for. */
export function resolveAgentSettings(flags: NodeFlags, version: string): AgentSettings {
  for (const field of MEMBER_FLAGS) {
    const value = flags[field];
    if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) {
      continue;
    }
    throw new CaucusError(
      "invalid_argument",
      `--${optionName(field)} is for a node with --id N, which this one lacks: without it a node takes part in gossip only`,
    );
  }
  const addresses = addressesOf(flags);
  const gossip = gossipSettings(flags, addresses);
  return { addresses, version, gossip, http: httpSettings(flags) };
}

/**
 * Puts defaults and rules between options in force, for a node with that label. Throws CaucusError
 * `invalid_argument`.
 */
export function resolveMemberSettings(
  flags: NodeFlags,
  label: number,
  version: string,
): MemberSettings {
  const addresses = addressesOf(flags);
  if (flags.heartbeatMs * 3 > flags.electionTimeoutMs) {
    throw new CaucusError(
      "invalid_argument",
      `--heartbeat-ms ${flags.heartbeatMs} is too long for --election-timeout-ms ${flags.electionTimeoutMs}; allowed: at most a third of it`,
    );
  }
  if (flags.bootstrap === true && flags.bootstrapExpect !== undefined) {
    throw new CaucusError(
      "invalid_argument",
      "--bootstrap makes a cluster of one and --bootstrap-expect one of several; allowed: one of them",
    );
  }
  if (flags.bootstrap === true && flags.join.length > 0) {
    throw new CaucusError(
      "invalid_argument",
      "'single' mode cannot be used together with 'join' configuration: --bootstrap (single = true) makes a cluster of one, --join belongs to another; allowed: one of them",
    );
  }
  return {
    label,
    addresses,
    gossip: gossipSettings(flags, addresses),
    http: httpSettings(flags),
    version,
    storage: flags.storage,
    dataDir: resolve(flags.dataDir ?? defaultDataDir(label)),
    join: flags.join,
    bootstrap: flags.bootstrap ?? isFirstOfSeed2(flags),
    bootstrapExpect: flags.bootstrapExpect,
    gossipLookMs: flags.gossipLookMs,
    replaceAfterMs: flags.replaceAfterMs,
    deadVoterAfterMs: flags.deadVoterAfterMs,
    settleMs: flags.settleMs,
    maxOpenFiles: flags.maxOpenFiles,
    raft: {
      electionTimeoutMs: flags.electionTimeoutMs,
      heartbeatIntervalMs: flags.heartbeatMs,
      compactionEntries: flags.compactionEntries,
      compactionBytes: flags.compactionBytes,
      compactionKeepEntries: flags.compactionKeepEntries,
      streamLogBytesMax: flags.streamLogBytesMax,
      uncommittedBytesMax: flags.uncommittedBytesMax,
      proposalsMax: flags.proposalsMax,
      readersMax: flags.readersMax,
    },
  };
}

/**
 * Seed 2 starts its first node with an address for each and nobody to talk to, and expects a cluster:
 * the others come by gossip.
 */
function isFirstOfSeed2(flags: NodeFlags): boolean {
  const { bootstrapExpect, gossipAddr, join, rpcAddr, seed } = flags;
  const hasAddresses = rpcAddr !== undefined && gossipAddr !== undefined;
  return hasAddresses && bootstrapExpect === undefined && join.length === 0 && seed.length === 0;
}

function addressesOf(flags: NodeFlags): Addresses {
  return resolveAddresses({
    listen: flags.listen,
    api: flags.apiAddr,
    rpc: flags.rpcAddr,
    gossip: flags.gossipAddr,
    public: flags.publicAddr,
  });
}

function gossipSettings(flags: NodeFlags, addresses: Addresses): GossipSettings {
  const { api, gossip, publicApi, rpc } = addresses;
  // On one port the address of a member is also where it gossips.
  const isOnePort = api === rpc && api === gossip;
  const fallback = isOnePort ? flags.join : [];
  return {
    nodeName: flags.nodeName,
    clusterId: flags.clusterId,
    seeds: flags.seed.length > 0 ? flags.seed : fallback,
    intervalMs: flags.intervalMs,
    phiThreshold: flags.phiThreshold,
    deadNodeGraceMs: flags.deadNodeGraceMs,
    markedForDeletionGraceMs: flags.markedForDeletionGraceMs,
    service: checkServiceInfo(flags.service, publicApi, flags.shard),
  };
}

/** Of the demo of gossip too. */
export function httpSettings(flags: HttpFlags): HttpSettings {
  return {
    dialects: flags.dialects,
    forwardWrites: flags.forwardWrites,
    corsOrigins: flags.corsOrigins,
    rateLimit: rateLimitOf(flags),
    eventClientsMax: flags.eventClientsMax,
    eventPingMs: flags.eventPingMs,
    bodyLimitBytes: flags.bodyLimitBytes,
    connectionsMax: flags.connectionsMax,
    sniffTimeoutMs: flags.sniffTimeoutMs,
    headersTimeoutMs: flags.headersTimeoutMs,
    requestTimeoutMs: flags.requestTimeoutMs,
    connectionTimeoutMs: flags.connectionTimeoutMs,
    closeGraceMs: flags.closeGraceMs,
  };
}

function rateLimitOf({ rateLimitMax, rateLimitWindowMs }: HttpFlags): HttpSettings["rateLimit"] {
  if (rateLimitMax !== undefined) {
    return { max: rateLimitMax, windowMs: rateLimitWindowMs ?? RATE_LIMIT_WINDOW_MS };
  }
  if (rateLimitWindowMs === undefined) return undefined;
  throw new CaucusError(
    "invalid_argument",
    `--rate-limit-window-ms ${rateLimitWindowMs} limits nothing; allowed: with --rate-limit-max`,
  );
}
