import { GOSSIP_DEFAULTS, SERVICE_TYPES, type ServiceType } from "@caucus/node";
import type { OptionSchema } from "../command/option-schema.ts";

/** What `caucus node` was told of gossip and of its service. */
export interface GossipFlags {
  readonly gossipAddr: string | undefined;
  readonly nodeName: string | undefined;
  readonly clusterId: string;
  readonly seed: readonly string[];
  readonly intervalMs: number;
  readonly phiThreshold: number;
  readonly deadNodeGraceMs: number;
  readonly markedForDeletionGraceMs: number;
  readonly service: ServiceType;
  readonly shard: number;
  readonly demo: boolean;
}

const DAY_MS = 86_400_000;

export const GOSSIP_SCHEMA: OptionSchema<GossipFlags> = {
  gossipAddr: {
    type: "address",
    defaultText:
      "the address of --listen, else of --api-addr; 127.0.0.1:9000 when --rpc-addr is given alone",
    doc: "Where gossip listens (UDP).",
  },
  nodeName: {
    type: "text",
    aliases: ["node-id"],
    placeholder: "NAME",
    defaultText: "node-ID with --id, else server:ADDRESS-NAME with a name made at random",
    doc: "The name of this node in gossip, unique and the same after a restart.",
    bytesMax: 1_024,
  },
  clusterId: {
    type: "text",
    placeholder: "NAME",
    default: GOSSIP_DEFAULTS.clusterId,
    doc: "The gossip cluster; nodes of another one are not talked to.",
    bytesMax: 1_024,
  },
  seed: {
    type: "address-list",
    aliases: ["seeds", "seed-gossip-addrs"],
    doc: "Gossip addresses of other nodes, to find the cluster; names are looked up again every minute. Without any, the addresses of --join are tried when this node has one port for everything.",
  },
  intervalMs: {
    type: "integer",
    aliases: ["interval"],
    min: 10,
    max: 60_000,
    unit: "ms",
    default: GOSSIP_DEFAULTS.intervalMs,
    doc: "Time between two rounds of gossip.",
  },
  phiThreshold: {
    type: "number",
    min: 0.1,
    max: 1_000,
    default: GOSSIP_DEFAULTS.phiThreshold,
    doc: "A node counts as dead when it is silent for this many times its mean heartbeat interval.",
  },
  deadNodeGraceMs: {
    type: "integer",
    min: 1,
    max: 365 * DAY_MS,
    unit: "ms",
    default: GOSSIP_DEFAULTS.deadNodeGraceMs,
    doc: "A dead node is forgotten after this time.",
  },
  markedForDeletionGraceMs: {
    type: "integer",
    min: 1,
    max: 365 * DAY_MS,
    unit: "ms",
    default: GOSSIP_DEFAULTS.markedForDeletionGraceMs,
    doc: "The mark that a key was deleted is dropped after this time; a node that was away for longer may miss the deletion. The same for all nodes.",
  },
  service: {
    type: "choice",
    choices: SERVICE_TYPES,
    default: "api_gateway",
    doc: "The service that this node says it runs.",
  },
  shard: {
    type: "integer",
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 0,
    doc: "The shard of its service, if that has shards.",
  },
  demo: {
    type: "flag",
    sayable: "flag",
    doc: "Runs five nodes with different services in this terminal instead: HTTP on ports 10001 to 10005, gossip on 11001 to 11005; --listen and --gossip-addr choose the first of each.",
  },
};
