import { assert } from "@caucus/base";
import type { Configuration } from "../core/configuration.ts";
import { encodeConfiguration } from "../wire/configuration-codec.ts";
import type { LogBatch, LogState } from "./ports.ts";

/**
 * The first batch of a new cluster's creator, written to its empty log store. The other first
 * members start with an empty log: they learn the configuration, and the commands
 * that the cluster begins with, from the leader's append.
 */
export function createInitialBatch(
  configuration: Configuration,
  commands: readonly Uint8Array[] = [],
): LogBatch {
  assert(configuration.voters.length > 0, "a cluster begins with at least one voter");
  const data = encodeConfiguration(configuration);
  return {
    hardState: { term: 1, vote: undefined },
    entries: [
      { index: 1, term: 1, kind: "configuration", data },
      ...commands.map((command, place) => ({
        index: place + 2,
        term: 1,
        kind: "command" as const,
        data: command,
      })),
    ],
    install: undefined,
  };
}

/** What an empty log store holds once the initial batch, without commands, is durable. */
export const INITIAL_LOG_STATE: LogState = {
  hardState: { term: 1, vote: undefined },
  compactedIndex: 0,
  compactedTerm: 0,
  lastIndex: 1,
};
