import { CaucusError, type Logger, silentLogger } from "@caucus/base";
import { MEMBERS_MAX, type RaftConfig, type RaftOptions, resolveRaftConfig } from "@caucus/raft";
import type { GossipOptions } from "./gossip/start-gossip.ts";
import type { VoterLimits } from "./membership/leader-view.ts";

/** What one node needs to know. Addresses are `host:port`, already resolved and checked. */
export interface NodeOptions {
  /** The number of `--id`: a positive safe integer, unique in the cluster. */
  readonly label: number;
  /** Where gRPC listens; undefined when it shares the HTTP port and is handed its connections. */
  readonly rpcListenAddress?: string | undefined;
  /** Where other members reach this one's gRPC. Default: `rpcListenAddress`. */
  readonly rpcAddress?: string | undefined;
  /** Where clients reach its HTTP. */
  readonly apiAddress: string;
  /** Required with rocksdb; made when it does not exist. */
  readonly dataDirectory?: string | undefined;
  readonly storage: "rocksdb" | "memory";
  /** A database of more table files, which all stay open, is not opened. Default: no limit. */
  readonly openFilesMax?: number | undefined;
  /** gRPC addresses of nodes to form or join a cluster with. Default none. */
  readonly join?: readonly string[] | undefined;
  /**
   * Create a cluster of this node alone, unless a listed node belongs to one or gossip has shown one
   * within `gossipLookMs`. Default false.
   */
  readonly bootstrap?: boolean | undefined;
  /**
   * Create a cluster of so many nodes, this one among them, that see each other by gossip (or
   * `join`); the lowest label asks. At most 64. Default: do not.
   */
  readonly bootstrapExpect?: number | undefined;
  /** How long gossip must have shown no cluster before this node creates one, in ms. Default 3,000. */
  readonly gossipLookMs?: number | undefined;
  /** As leader: how long the voters stay as they are before they change again, in ms. Default 10,000. */
  readonly settleMs?: number | undefined;
  /**
   * As leader: a voter that neither gossip nor Raft has heard of for this time is replaced by a spare
   * learner, in ms. Default 300,000.
   */
  readonly deadVoterAfterMs?: number | undefined;
  readonly raft?: RaftOptions | undefined;
  /** Silence of a label's holder after which another key takes over, in ms. Default 10,000. */
  readonly replaceAfterMs?: number | undefined;
  /** Default: the node does not gossip. Its name is `node-` and the label unless given. */
  readonly gossip?: GossipOptions | undefined;
  /** Default: none. */
  readonly logger?: Logger | undefined;
  /** For `status`. Default "unknown". */
  readonly version?: string | undefined;
}

export interface NodeConfig {
  readonly label: number;
  readonly rpcListenAddress: string | undefined;
  readonly rpcAddress: string;
  readonly apiAddress: string;
  readonly dataDirectory: string | undefined;
  readonly storage: "rocksdb" | "memory";
  readonly openFilesMax: number | undefined;
  readonly join: readonly string[];
  readonly bootstrap: boolean;
  readonly bootstrapExpect: number | undefined;
  readonly gossipLookMs: number;
  readonly settleMs: number;
  readonly deadVoterAfterMs: number;
  readonly raft: RaftConfig;
  readonly replaceAfterMs: number;
  readonly gossip: GossipOptions | undefined;
  readonly logger: Logger;
  readonly version: string;
}

export const NODE_DEFAULTS: Pick<
  NodeConfig,
  | "join"
  | "bootstrap"
  | "bootstrapExpect"
  | "gossipLookMs"
  | "settleMs"
  | "deadVoterAfterMs"
  | "replaceAfterMs"
  | "logger"
  | "version"
> = {
  join: [],
  bootstrap: false,
  bootstrapExpect: undefined,
  gossipLookMs: 3_000,
  settleMs: 10_000,
  deadVoterAfterMs: 300_000,
  replaceAfterMs: 10_000,
  logger: silentLogger,
  version: "unknown",
};

/** @throws CaucusError `invalid_argument` that names everything that is wrong */
export function resolveNodeConfig(options: NodeOptions): NodeConfig {
  const problems: string[] = [];
  const { label } = options;
  const times = resolveTimes(options, problems);
  if (!Number.isSafeInteger(label) || label < 1) {
    problems.push(`label is ${label}, allowed are whole numbers from 1`);
  }
  const { bootstrap = NODE_DEFAULTS.bootstrap, bootstrapExpect } = options;
  if (bootstrapExpect !== undefined) {
    if (
      !Number.isSafeInteger(bootstrapExpect) ||
      bootstrapExpect < 1 ||
      bootstrapExpect > MEMBERS_MAX
    ) {
      problems.push(
        `bootstrapExpect is ${bootstrapExpect}, allowed are whole numbers from 1 to ${MEMBERS_MAX}`,
      );
    }
    if (bootstrap) problems.push("bootstrap and bootstrapExpect are given, allowed is one of them");
  }
  const rpcAddress = options.rpcAddress ?? options.rpcListenAddress;
  if (rpcAddress === undefined || rpcAddress.endsWith(":0")) {
    problems.push(
      `rpcAddress is ${rpcAddress ?? "missing"}, allowed is host:port with a real port`,
    );
  }
  if (options.storage === "rocksdb" && options.dataDirectory === undefined) {
    problems.push("dataDirectory is missing; it is needed with rocksdb storage");
  }
  const raft = resolveRaftConfig(options.raft ?? {});
  if ("problems" in raft) problems.push(...raft.problems);
  if ("problems" in raft || rpcAddress === undefined || problems.length > 0) {
    throw new CaucusError("invalid_argument", problems.join("; "));
  }
  return {
    label,
    rpcListenAddress: options.rpcListenAddress,
    rpcAddress,
    apiAddress: options.apiAddress,
    dataDirectory: options.dataDirectory,
    storage: options.storage,
    openFilesMax: options.openFilesMax,
    join: options.join ?? NODE_DEFAULTS.join,
    bootstrap,
    bootstrapExpect,
    raft: raft.config,
    ...times,
    gossip: options.gossip,
    logger: options.logger ?? NODE_DEFAULTS.logger,
    version: options.version ?? NODE_DEFAULTS.version,
  };
}

/** What the membership of a cluster that this node leads goes by. */
export function voterLimits(config: NodeConfig): VoterLimits {
  const { deadVoterAfterMs, raft, replaceAfterMs, settleMs } = config;
  const reachableMs = 2 * raft.electionTimeoutMs;
  return { deadVoterAfterMs, reachableMs, replaceAfterMs, settleMs };
}

type Times = Pick<NodeConfig, "gossipLookMs" | "settleMs" | "deadVoterAfterMs" | "replaceAfterMs">;

function resolveTimes(options: NodeOptions, problems: string[]): Times {
  const resolve = (field: keyof Times, min: number): number => {
    const ms = options[field] ?? NODE_DEFAULTS[field];
    if (Number.isSafeInteger(ms) && ms >= min) return ms;
    problems.push(`${field} is ${ms}, allowed are whole numbers from ${min}`);
    return ms;
  };
  return {
    gossipLookMs: resolve("gossipLookMs", 0),
    settleMs: resolve("settleMs", 0),
    deadVoterAfterMs: resolve("deadVoterAfterMs", 1),
    replaceAfterMs: resolve("replaceAfterMs", 1),
  };
}
