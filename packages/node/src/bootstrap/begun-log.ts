import { createInitialBatch, EMPTY_CONFIGURATION, type LogStore, type Member } from "@caucus/raft";

/**
 * Writes the first entry of a new cluster into an empty log. Resolves, when it is durable, to the
 * same store as a driver must see it: `opened` says what it holds now.
 */
export function beginLog(logStore: LogStore, members: readonly Member[]): Promise<LogStore> {
  const batch = createInitialBatch({
    ...EMPTY_CONFIGURATION,
    voters: members.map((member) => member.key),
    members: [...members].sort((a, b) => a.label - b.label),
  });
  return new Promise((resolve, reject) => {
    logStore.write(batch, (error) => {
      if (error === undefined) resolve(begunLog(logStore));
      else reject(error);
    });
  });
}

function begunLog(logStore: LogStore): LogStore {
  return {
    opened: {
      hardState: { term: 1, vote: undefined },
      compactedIndex: 0,
      compactedTerm: 0,
      lastIndex: 1,
    },
    term: (index) => logStore.term(index),
    entries: (from, to, bytesMax) => logStore.entries(from, to, bytesMax),
    write: (batch, done) => logStore.write(batch, done),
    compact: (index, term) => logStore.compact(index, term),
    close: (done) => logStore.close(done),
  };
}
