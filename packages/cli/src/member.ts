import type { Logger } from "@caucus/base";
import type { ExitError } from "./exit-codes.ts";
import type { Addresses } from "./resolve-addresses.ts";

/** Everything that one member needs to start, resolved from its flags. */
export interface MemberSettings {
  readonly label: number;
  readonly addresses: Addresses;
  readonly version: string;
  readonly storage: "rocksdb" | "memory";
  /** Absolute; not used by memory storage. */
  readonly dataDir: string;
  /** gRPC addresses. */
  readonly join: readonly string[];
  readonly bootstrap: boolean;
  readonly electionTimeoutMs: number;
  readonly heartbeatMs: number;
  readonly replaceAfterMs: number;
  readonly compactionEntries: number;
  readonly compactionBytes: number;
  readonly compactionKeepEntries: number;
}

/** A member that listens. */
export interface RunningMember {
  /** Settles when the member can't go on by itself: its storage failed, or the cluster refuses it. */
  readonly failed: Promise<ExitError>;
  /** Hands leadership over when it leads, answers what is pending, closes everything. */
  stop(): Promise<void>;
}

/** Starts a member with its HTTP server; rejects with CaucusError or a system error. */
export type StartMember = (settings: MemberSettings, logger: Logger) => Promise<RunningMember>;
