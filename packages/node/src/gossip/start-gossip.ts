import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { CaucusError, type Logger, silentLogger } from "@caucus/base";
import { type ChitchatOptions, createChitchat } from "@caucus/chitchat";
import type { GossipService } from "../gossip-service.ts";
import type { GossipSurroundings } from "../surroundings.ts";
import { type Advertisement, advertisedKeys } from "./advertisement.ts";
import { ChitchatGossip } from "./chitchat-gossip.ts";
import { makeNodeName } from "./node-name.ts";
import type { ServiceInfo } from "./service-info.ts";

/** How one node takes part in gossip. Addresses are `host:port`; names are resolved at the start. */
export interface GossipOptions {
  /** UDP; port 0 lets the system choose. */
  readonly listenAddress: string;
  /** Where others send to. Default: the address that is listened on. */
  readonly advertiseAddress?: string | undefined;
  /** Default {@link GOSSIP_DEFAULTS}. */
  readonly clusterId?: string | undefined;
  /** Stable over restarts and unique. Default `server:` and the API address, made unique at random. */
  readonly nodeName?: string | undefined;
  /** Gossip addresses of other nodes. Default none. */
  readonly seeds?: readonly string[] | undefined;
  /** Default: an API gateway at the API address. */
  readonly service?: ServiceInfo | undefined;
  readonly intervalMs?: number | undefined;
  /** Silence, in mean heartbeat intervals, after which a node counts as dead. */
  readonly phiThreshold?: number | undefined;
  readonly deadNodeGraceMs?: number | undefined;
  readonly markedForDeletionGraceMs?: number | undefined;
  /** Default: none. */
  readonly logger?: Logger | undefined;
}

/** What holds unless told otherwise; the failure detection as in the Rust library. */
export const GOSSIP_DEFAULTS: {
  readonly clusterId: string;
  readonly intervalMs: number;
  readonly phiThreshold: number;
  readonly deadNodeGraceMs: number;
  readonly markedForDeletionGraceMs: number;
} = {
  clusterId: "testing",
  intervalMs: 500,
  phiThreshold: 8,
  deadNodeGraceMs: 24 * 3_600_000,
  markedForDeletionGraceMs: 2 * 3_600_000,
};

export interface RunningGossip {
  readonly service: GossipService;
  /** Tells the others which Raft cluster this node belongs to now. */
  joinedCluster(cluster: string): void;
  /** Tells the others that this node stops, within bounded time, then stops. Idempotent. */
  leave(): Promise<void>;
}

/**
 * Starts the gossip of one node; `surroundings` are for the simulator.
 * @throws CaucusError `invalid_argument`, or `unavailable` when the address is taken
 */
export async function startGossip(
  options: GossipOptions,
  about: Omit<Advertisement, "service">,
  surroundings: GossipSurroundings = {},
): Promise<RunningGossip> {
  const { logger = silentLogger, advertiseAddress } = options;
  const service = options.service ?? {
    type: "api_gateway" as const,
    host: about.apiAddress,
    shard: 0,
  };
  const chitchat = await createChitchat({
    nodeId: options.nodeName ?? makeNodeName(about.apiAddress),
    clusterId: options.clusterId ?? GOSSIP_DEFAULTS.clusterId,
    listenAddress: await resolveHost(options.listenAddress),
    ...(advertiseAddress === undefined
      ? {}
      : { advertiseAddress: await resolveHost(advertiseAddress) }),
    seeds: options.seeds ?? [],
    keyValues: advertisedKeys({ ...about, service }),
    logger,
    ...rulesOf(options),
    ...surroundings,
  });
  const gossip = new ChitchatGossip(chitchat, service);
  logger.info("gossip starts", {
    node: gossip.self.node_id,
    cluster: gossip.clusterId,
    address: gossip.self.gossip_advertise_addr,
  });
  let left: Promise<void> | undefined;
  return {
    service: gossip,
    joinedCluster: (cluster) => gossip.joinedCluster(cluster),
    leave() {
      left ??= chitchat.leave();
      return left;
    },
  };
}

function rulesOf(options: GossipOptions): Partial<ChitchatOptions> {
  const { deadNodeGraceMs, intervalMs, markedForDeletionGraceMs, phiThreshold } = options;
  return {
    gossipIntervalMs: intervalMs ?? GOSSIP_DEFAULTS.intervalMs,
    phiThreshold: phiThreshold ?? GOSSIP_DEFAULTS.phiThreshold,
    deadNodeGraceMs: deadNodeGraceMs ?? GOSSIP_DEFAULTS.deadNodeGraceMs,
    markedForDeletionGraceMs: markedForDeletionGraceMs ?? GOSSIP_DEFAULTS.markedForDeletionGraceMs,
  };
}

/** Gossip names nodes by IP addresses. `localhost` is IPv4, as for HTTP. */
async function resolveHost(text: string): Promise<string> {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (match === null || host === undefined) {
    throw new CaucusError("invalid_argument", `gossip address ${text} is not host:port`);
  }
  if (isIP(host) !== 0) return text;
  try {
    const family = host === "localhost" ? 4 : 0;
    const { address } = await lookup(host, { family });
    return `${address.includes(":") ? `[${address}]` : address}:${match[3]}`;
  } catch (cause) {
    const message = `gossip address ${text}: the name ${host} has no address`;
    throw new CaucusError("invalid_argument", message, { cause });
  }
}
