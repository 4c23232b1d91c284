/** The options of `caucus node` in groups, as `--help` and the documentation show them. */
import { NODE_DEFAULTS, RAFT_DEFAULTS } from "@caucus/node";
import type {
  AnySchema,
  IntegerOption,
  OptionGroup,
  OptionSchema,
} from "../command/option-schema.ts";
import { GOSSIP_SCHEMA, type GossipFlags } from "./gossip-schema.ts";
import { HTTP_SCHEMA, type HttpFlags } from "./http-schema.ts";

export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";
export type LogFormat = "auto" | "pretty" | "json";

/** How much is logged and how it looks; the same for every command that runs nodes. */
export interface LogFlags {
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export interface TimingFlags {
  readonly electionTimeoutMs: number;
  readonly heartbeatMs: number;
}

/** When the log of Raft is compacted, and what a member refuses to keep in memory. */
export interface RaftLimitFlags {
  readonly compactionEntries: number;
  readonly compactionBytes: number;
  readonly compactionKeepEntries: number;
  readonly streamLogBytesMax: number;
  readonly uncommittedBytesMax: number;
  readonly proposalsMax: number;
  readonly readersMax: number;
}

/** Who the node is and where. */
export interface IdentityFlags {
  readonly conf: string | undefined;
  readonly id: number | undefined;
  readonly listen: string | undefined;
  readonly apiAddr: string | undefined;
  readonly rpcAddr: string | undefined;
  readonly publicAddr: string | undefined;
}

/** Where the data is, and which cluster it belongs to. */
export interface ClusterFlags {
  readonly dataDir: string | undefined;
  readonly storage: "rocksdb" | "memory";
  readonly maxOpenFiles: number | undefined;
  readonly join: readonly string[];
  readonly bootstrap: boolean | undefined;
  readonly bootstrapExpect: number | undefined;
  readonly gossipLookMs: number;
  readonly replaceAfterMs: number;
  readonly deadVoterAfterMs: number;
  readonly settleMs: number;
}

export interface ProcessFlags {
  readonly logFile: string | undefined;
  readonly exitWithParent: boolean;
}

/** What `caucus node` was told. */
export type NodeFlags = IdentityFlags &
  ClusterFlags &
  GossipFlags &
  HttpFlags &
  TimingFlags &
  RaftLimitFlags &
  LogFlags &
  ProcessFlags;

export const LOG_SCHEMA: OptionSchema<LogFlags> = {
  logLevel: {
    type: "choice",
    choices: ["debug", "info", "warn", "error", "silent"],
    default: "info",
    doc: "The least important log lines that are printed. CAUCUS_LOG says it too, and RUST_LOG with the level for everything in it.",
  },
  logFormat: {
    type: "choice",
    choices: ["auto", "pretty", "json"],
    default: "auto",
    doc: "How log lines look; auto is pretty on a terminal and one JSON object per line elsewhere. NO_COLOR turns colours off.",
  },
};

/** How long an election or a silence lasts; the same for every member of a cluster. */
const TIMING_SCHEMA: OptionSchema<TimingFlags> = {
  electionTimeoutMs: {
    type: "integer",
    min: 50,
    max: 60_000,
    unit: "ms",
    default: RAFT_DEFAULTS.electionTimeoutMs,
    doc: "A follower that hears nothing of a leader for this time, or up to twice as long (at random), asks for votes.",
  },
  heartbeatMs: {
    type: "integer",
    min: 10,
    max: 30_000,
    unit: "ms",
    default: RAFT_DEFAULTS.heartbeatIntervalMs,
    doc: "How often a leader without news says that it is there; at most a third of the election timeout.",
  },
};

const IDENTITY_SCHEMA: OptionSchema<IdentityFlags> = {
  conf: {
    type: "path",
    sayable: "flag-or-environment",
    aliases: ["config"],
    placeholder: "FILE",
    doc: "A configuration file in TOML. Flags and the environment win over it; its keys are these options with underscores.",
  },
  id: {
    type: "integer",
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    doc: "The label of this node, unique in its cluster; node_id in a configuration file. Without it the node takes part in gossip only: it has no key-value store and no vote.",
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
    aliases: ["raft-addr"],
    defaultText: "the address of --listen, else of --api-addr",
    doc: "Where gRPC listens for the other nodes.",
  },
  publicAddr: {
    type: "text",
    placeholder: "HOST[:PORT]",
    defaultText: "the addresses that it listens on",
    doc: "Where others reach this node, when that differs from where it listens; needed for 0.0.0.0. A port is allowed when HTTP and gRPC share one; gossip on another port keeps its own.",
  },
};

const CLUSTER_SCHEMA: OptionSchema<ClusterFlags> = {
  dataDir: {
    type: "path",
    aliases: ["data-path"],
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
  maxOpenFiles: {
    type: "integer",
    min: 1,
    max: 1_000_000,
    unit: "files",
    defaultText: "no limit",
    doc: "A database of more table files than this is not opened: RocksDB keeps every one of them open here, 8 MiB and more each.",
  },
  join: {
    type: "address-list",
    doc: "gRPC addresses of other first members, or of any member of a cluster. A new cluster is made by the node with the lowest of these addresses and its own, once all have agreed; an existing cluster is joined.",
  },
  bootstrap: {
    type: "flag",
    aliases: ["single"],
    defaultText:
      "true when --rpc-addr and --gossip-addr are given without --seed and --join, else false",
    doc: "Creates a cluster with this node alone, unless the data directory belongs to one, or gossip has shown one.",
  },
  bootstrapExpect: {
    type: "integer",
    min: 1,
    max: 64,
    unit: "nodes",
    defaultText: "none is created so",
    doc: "Creates a cluster of so many nodes that see each other by gossip; the lowest id asks the others. More than half of those that start together.",
  },
  gossipLookMs: {
    type: "integer",
    min: 0,
    max: 600_000,
    unit: "ms",
    default: NODE_DEFAULTS.gossipLookMs,
    doc: "With --bootstrap and --bootstrap-expect: a cluster is created only when gossip has shown none for this time.",
  },
  replaceAfterMs: {
    type: "integer",
    min: 1,
    max: 86_400_000,
    unit: "ms",
    default: NODE_DEFAULTS.replaceAfterMs,
    doc: "A node with an empty disk takes over a label when the leader has not heard of the holder for this time.",
  },
  deadVoterAfterMs: {
    type: "integer",
    min: 1,
    max: 30 * 86_400_000,
    unit: "ms",
    default: NODE_DEFAULTS.deadVoterAfterMs,
    doc: "Where membership is automatic, a spare learner takes the place of a voter of which neither gossip nor Raft has heard for this time.",
  },
  settleMs: {
    type: "integer",
    min: 0,
    max: 3_600_000,
    unit: "ms",
    default: NODE_DEFAULTS.settleMs,
    doc: "How long the voters stay as they are before automation changes them again.",
  },
};

const RAFT_LIMIT_SCHEMA: OptionSchema<RaftLimitFlags> = {
  compactionEntries: limit(
    "entries",
    RAFT_DEFAULTS.compactionEntries,
    "The log is compacted when it holds more applied entries than this.",
  ),
  compactionBytes: limit(
    "bytes",
    RAFT_DEFAULTS.compactionBytes,
    "The log is compacted when its applied entries take more than this.",
    1_024,
  ),
  compactionKeepEntries: limit(
    "entries",
    RAFT_DEFAULTS.compactionKeepEntries,
    "A compaction leaves this many applied entries for followers that are a little behind.",
  ),
  streamLogBytesMax: limit(
    "bytes",
    RAFT_DEFAULTS.streamLogBytesMax,
    "A snapshot on its way to a follower no longer keeps the log from being compacted beyond this.",
    1_024,
  ),
  uncommittedBytesMax: limit(
    "bytes",
    RAFT_DEFAULTS.uncommittedBytesMax,
    "A leader refuses writes as overloaded above this much that is not yet committed.",
    1_024,
  ),
  proposalsMax: limit(
    "writes",
    RAFT_DEFAULTS.proposalsMax,
    "Writes that wait on this node for their entry to be applied; further ones are refused as overloaded.",
  ),
  readersMax: limit(
    "reads",
    RAFT_DEFAULTS.readersMax,
    "Linearizable reads that wait on this node; further ones are refused as overloaded.",
  ),
};

const PROCESS_SCHEMA: OptionSchema<ProcessFlags> = {
  logFile: {
    type: "path",
    placeholder: "FILE",
    defaultText: "standard output",
    doc: "Where log lines are appended instead of standard output; its directory is made when it is missing.",
  },
  exitWithParent: {
    type: "flag",
    sayable: "flag",
    doc: "Stops the node when its standard input closes, so that it never outlives the program that started it.",
  },
};

/** Everything of `caucus node`. */
export const NODE_SCHEMA: OptionSchema<NodeFlags> = {
  ...IDENTITY_SCHEMA,
  ...CLUSTER_SCHEMA,
  ...GOSSIP_SCHEMA,
  ...HTTP_SCHEMA,
  ...TIMING_SCHEMA,
  ...RAFT_LIMIT_SCHEMA,
  ...LOG_SCHEMA,
  ...PROCESS_SCHEMA,
};

/** The same under headings. */
export const NODE_GROUPS: readonly OptionGroup[] = [
  group("The node", IDENTITY_SCHEMA),
  group("Its data and its cluster", CLUSTER_SCHEMA),
  group("Gossip and services", GOSSIP_SCHEMA),
  group("HTTP", HTTP_SCHEMA),
  group("Consensus", { ...TIMING_SCHEMA, ...RAFT_LIMIT_SCHEMA }),
  group("Log and process", { ...LOG_SCHEMA, ...PROCESS_SCHEMA }),
];

function limit(
  unit: string,
  fallback: number,
  doc: string,
  min: number = 1,
): IntegerOption & { readonly default: number } {
  return { type: "integer", min, max: Number.MAX_SAFE_INTEGER, unit, default: fallback, doc };
}

function group<Values>(title: string, schema: OptionSchema<Values>): OptionGroup {
  return { title, schema: schema as AnySchema };
}
