import { CaucusError, type Logger, silentLogger } from "@caucus/base";
import { type RaftConfig, type RaftOptions, resolveRaftConfig } from "@caucus/raft";
import type { GossipOptions } from "./gossip/start-gossip.ts";

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
  /** Create a cluster of this node alone, unless a listed node belongs to one. Default false. */
  readonly bootstrap?: boolean | undefined;
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
  readonly raft: RaftConfig;
  readonly replaceAfterMs: number;
  readonly gossip: GossipOptions | undefined;
  readonly logger: Logger;
  readonly version: string;
}

export const NODE_DEFAULTS: Pick<
  NodeConfig,
  "join" | "bootstrap" | "replaceAfterMs" | "logger" | "version"
> = {
  join: [],
  bootstrap: false,
  replaceAfterMs: 10_000,
  logger: silentLogger,
  version: "unknown",
};

/** @throws CaucusError `invalid_argument` that names everything that is wrong */
export function resolveNodeConfig(options: NodeOptions): NodeConfig {
  const problems: string[] = [];
  const { label, replaceAfterMs = NODE_DEFAULTS.replaceAfterMs } = options;
  if (!Number.isSafeInteger(label) || label < 1) {
    problems.push(`label is ${label}, allowed are whole numbers from 1`);
  }
  if (!Number.isSafeInteger(replaceAfterMs) || replaceAfterMs < 1) {
    problems.push(`replaceAfterMs is ${replaceAfterMs}, allowed are whole numbers from 1`);
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
    bootstrap: options.bootstrap ?? NODE_DEFAULTS.bootstrap,
    raft: raft.config,
    replaceAfterMs,
    gossip: options.gossip,
    logger: options.logger ?? NODE_DEFAULTS.logger,
    version: options.version ?? NODE_DEFAULTS.version,
  };
}
