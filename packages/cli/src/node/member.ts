import type { Logger } from "@caucus/base";
import type { HttpServerOptions } from "@caucus/http";
import type { Formation, GossipOptions, RaftOptions } from "@caucus/node";
import type { ExitError } from "../command/exit-codes.ts";
import type { Addresses } from "./resolve-addresses.ts";

/** How a node takes part in gossip, beside its addresses. */
export type GossipSettings = Omit<GossipOptions, "listenAddress" | "advertiseAddress" | "logger">;

/** How its HTTP server behaves. */
export type HttpSettings = Omit<
  HttpServerOptions,
  "service" | "gossip" | "grpc" | "logger" | "listenOption"
>;

/** Everything that a node without Raft needs to start, resolved from its flags. */
export interface AgentSettings {
  readonly addresses: Addresses;
  readonly version: string;
  readonly gossip: GossipSettings;
  readonly http: HttpSettings;
}

/** Everything that one member needs to start, resolved from its flags. */
export interface MemberSettings extends AgentSettings {
  readonly label: number;
  readonly storage: "rocksdb" | "memory";
  /** Absolute; not used by memory storage. */
  readonly dataDir: string;
  /** gRPC addresses. */
  readonly join: readonly string[];
  readonly bootstrap: boolean;
  readonly bootstrapExpect: number | undefined;
  readonly gossipLookMs: number;
  readonly deadVoterAfterMs: number;
  readonly settleMs: number;
  readonly raft: RaftOptions;
  readonly replaceAfterMs: number;
  /** Of the database; undefined: no limit. */
  readonly maxOpenFiles: number | undefined;
}

/** How far a member has come. */
export interface StartProgress {
  /** Its data directory belonged to a cluster when it was opened. */
  readonly isRestart: boolean;
  readonly formation: Formation;
  readonly hasCluster: boolean;
  /** It knows a leader and an entry that is committed. */
  readonly hasCommitted: boolean;
}

/** A member, or a node without Raft, that listens. */
export interface RunningMember {
  /** Settles when the member can't go on by itself: its storage failed, or the cluster refuses it. */
  readonly failed: Promise<ExitError>;
  /** How far a member has come; undefined for a node without Raft. */
  readonly progress: (() => StartProgress) | undefined;
  /** Hands leadership over when it leads, answers what is pending, closes everything. */
  stop(): Promise<void>;
}

/** Starts a node without Raft with its HTTP server; rejects like {@link StartMember}. */
export type StartAgent = (settings: AgentSettings, logger: Logger) => Promise<RunningMember>;

/** Starts a member with its HTTP server; rejects with CaucusError or a system error. */
export type StartMember = (settings: MemberSettings, logger: Logger) => Promise<RunningMember>;
