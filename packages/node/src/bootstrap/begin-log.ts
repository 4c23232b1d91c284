import {
  createInitialBatch,
  EMPTY_CONFIGURATION,
  INITIAL_LOG_STATE,
  type LogState,
  type LogStore,
  type Member,
} from "@caucus/raft";

/**
 * Writes the first entry of a new cluster into an empty log. Resolves, when it is durable, to what
 * the store holds now.
 */
export function beginLog(logStore: LogStore, members: readonly Member[]): Promise<LogState> {
  const batch = createInitialBatch({
    ...EMPTY_CONFIGURATION,
    voters: members.map((member) => member.key),
    members: [...members].sort((a, b) => a.label - b.label),
  });
  return new Promise((resolve, reject) => {
    logStore.write(batch, (error) => {
      if (error === undefined) resolve(INITIAL_LOG_STATE);
      else reject(error);
    });
  });
}
