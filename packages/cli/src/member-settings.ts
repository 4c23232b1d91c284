import { resolve } from "node:path";
import { CaucusError } from "@caucus/base";
import type { MemberSettings } from "./member.ts";
import type { NodeFlags } from "./node-schema.ts";
import { resolveAddresses } from "./resolve-addresses.ts";

/** Where `caucus node` keeps its data unless told otherwise, relative to the working directory. */
export function defaultDataDir(label: number): string {
  return `caucus-data/node-${label}`;
}

/** Puts defaults and rules between options in force. Throws CaucusError `invalid_argument`. */
export function resolveMemberSettings(flags: NodeFlags, version: string): MemberSettings {
  const addresses = resolveAddresses({
    listen: flags.listen,
    api: flags.apiAddr,
    rpc: flags.rpcAddr,
    public: flags.publicAddr,
  });
  if (flags.heartbeatMs * 3 > flags.electionTimeoutMs) {
    throw new CaucusError(
      "invalid_argument",
      `--heartbeat-ms ${flags.heartbeatMs} is too long for --election-timeout-ms ${flags.electionTimeoutMs}; allowed: at most a third of it`,
    );
  }
  if (flags.bootstrap && flags.join.length > 0) {
    throw new CaucusError(
      "invalid_argument",
      "--bootstrap makes a cluster of one and --join belongs to another; allowed: one of them",
    );
  }
  return {
    label: flags.id,
    addresses,
    version,
    storage: flags.storage,
    dataDir: resolve(flags.dataDir ?? defaultDataDir(flags.id)),
    join: flags.join,
    bootstrap: flags.bootstrap,
    electionTimeoutMs: flags.electionTimeoutMs,
    heartbeatMs: flags.heartbeatMs,
    replaceAfterMs: flags.replaceAfterMs,
    compactionEntries: flags.compactionEntries,
    compactionBytes: flags.compactionBytes,
    compactionKeepEntries: flags.compactionKeepEntries,
  };
}
