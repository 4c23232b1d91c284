import { GOSSIP_SCHEMA, type GossipFlags } from "./gossip-schema.ts";
import type { OptionSchema } from "./option-schema.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";
export type LogFormat = "auto" | "pretty" | "json";

export interface LogFlags {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export interface TimingFlags {
  readonly electionTimeoutMs: number;
  readonly heartbeatMs: number;
}

/** What `caucus node` was told. */
export interface NodeFlags extends LogFlags, TimingFlags, GossipFlags {
  readonly id: number | undefined;
  readonly listen: string | undefined;
  readonly apiAddr: string | undefined;
  readonly rpcAddr: string | undefined;
  readonly publicAddr: string | undefined;
  readonly dataDir: string | undefined;
  readonly storage: "rocksdb" | "memory";
  readonly join: readonly string[];
  readonly bootstrap: boolean;
  readonly replaceAfterMs: number;
  readonly compactionEntries: number;
  readonly compactionBytes: number;
  readonly compactionKeepEntries: number;
  readonly exitWithParent: boolean;
}

/** `--log-level` and `--log-format`, the same for every command that runs nodes. */
export const LOG_SCHEMA: OptionSchema<LogFlags> = {
  logLevel: {
    type: "choice",
    choices: ["debug", "info", "warn", "error", "silent"],
    default: "info",
    doc: "The least important log lines that are printed. CAUCUS_LOG in the environment sets another default.",
  },
  logFormat: {
    type: "choice",
    choices: ["auto", "pretty", "json"],
    default: "auto",
    doc: "How log lines look; auto is pretty on a terminal and one JSON object per line elsewhere. NO_COLOR turns colours off.",
  },
};

/** How long an election or a silence lasts; the same for every member of a cluster. */
export const TIMING_SCHEMA: OptionSchema<TimingFlags> = {
  electionTimeoutMs: {
    type: "integer",
    min: 50,
    max: 60_000,
    unit: "ms",
    default: 600,
    doc: "A follower that hears nothing of a leader for this time, or up to twice as long (at random), asks for votes.",
  },
  heartbeatMs: {
    type: "integer",
    min: 10,
    max: 30_000,
    unit: "ms",
    default: 100,
    doc: "How often a leader without news says that it is there; at most a third of the election timeout.",
  },
};

/** Everything of `caucus node`. */
export const NODE_SCHEMA: OptionSchema<NodeFlags> = {
  id: {
    type: "integer",
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    doc: "The label of this node, unique in its cluster. Without it the node takes part in gossip only: it has no key-value store and no vote.",
  },
  listen: {
    type: "address",
    aliases: ["listen-addr"],
    defaultText: "127.0.0.1:10000, unless --api-addr or --rpc-addr is given",
    doc: "Where HTTP and gRPC (TCP) and gossip (UDP) listen, on one port number.",
  },
  apiAddr: {
    type: "address",
    aliases: ["http-addr"],
    defaultText: "the address of --listen, or 127.0.0.1:8080 when --rpc-addr is given without it",
    doc: "Where HTTP listens; without --rpc-addr and --listen gRPC and gossip too.",
  },
  rpcAddr: {
    type: "address",
    defaultText: "the address of --listen, else of --api-addr",
    doc: "Where gRPC listens for the other nodes.",
  },
  publicAddr: {
    type: "text",
    placeholder: "HOST[:PORT]",
    defaultText: "the addresses that it listens on",
    doc: "Where others reach this node, when that differs from where it listens; needed for 0.0.0.0. A port is allowed when HTTP and gRPC share one; gossip on another port keeps its own.",
  },
  dataDir: {
    type: "text",
    placeholder: "DIR",
    defaultText: "./caucus-data/node-ID",
    doc: "The directory of this node, made when it is missing; not used by --storage memory.",
  },
  storage: {
    type: "choice",
    choices: ["rocksdb", "memory"],
    default: "rocksdb",
    doc: "Where the log and the data are kept; memory forgets everything when the process ends.",
  },
  join: {
    type: "address-list",
    doc: "gRPC addresses of other first members, or of any member of a cluster. A new cluster is made by the node with the lowest of these addresses and its own, once all have agreed; an existing cluster is joined.",
  },
  bootstrap: {
    type: "flag",
    doc: "Creates a cluster with this node alone, unless the data directory belongs to one.",
  },
  ...GOSSIP_SCHEMA,
  ...TIMING_SCHEMA,
  replaceAfterMs: {
    type: "integer",
    min: 1,
    max: 86_400_000,
    unit: "ms",
    default: 10_000,
    doc: "A node with an empty disk takes over a label when the leader has not heard of the holder for this time.",
  },
  compactionEntries: {
    type: "integer",
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    unit: "entries",
    default: 50_000,
    doc: "The log is compacted when it holds more applied entries than this.",
  },
  compactionBytes: {
    type: "integer",
    min: 1_024,
    max: Number.MAX_SAFE_INTEGER,
    unit: "bytes",
    default: 128 * 1_024 * 1_024,
    doc: "The log is compacted when its applied entries take more than this.",
  },
  compactionKeepEntries: {
    type: "integer",
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    unit: "entries",
    default: 5_000,
    doc: "A compaction leaves this many applied entries for followers that are a little behind.",
  },
  ...LOG_SCHEMA,
  exitWithParent: {
    type: "flag",
    doc: "Stops the node when its standard input closes, so that it never outlives the program that started it.",
  },
};

/** Known, and refused rather than ignored. */
export const REFUSED_NODE_OPTIONS: Readonly<Record<string, string>> = {
  "bootstrap-expect": "nodes of this version do not form a cluster by gossip; use --join",
};
