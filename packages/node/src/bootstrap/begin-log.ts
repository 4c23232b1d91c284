import { encodeEnvelope } from "@caucus/kv";
import {
  createInitialBatch,
  EMPTY_CONFIGURATION,
  INITIAL_LOG_STATE,
  type LogState,
  type LogStore,
  type Member,
} from "@caucus/raft";

/** The policy of clusters that came to be by gossip: it is there before anybody can ask for it. */
const AUTOMATIC = encodeEnvelope({
  leaderTimeMs: 0,
  session: undefined,
  command: { kind: "set-membership-policy", automatic: true, pause: [], readmit: [] },
});

/**
 * Writes the first entries of a new cluster into an empty log. Resolves, when it is durable, to what
 * the store holds now.
 */
export function beginLog(
  logStore: LogStore,
  members: readonly Member[],
  automatic: boolean,
): Promise<LogState> {
  const batch = createInitialBatch(
    {
      ...EMPTY_CONFIGURATION,
      voters: members.map((member) => member.key),
      members: [...members].sort((a, b) => a.label - b.label),
    },
    automatic ? [AUTOMATIC] : [],
  );
  return new Promise((resolve, reject) => {
    logStore.write(batch, (error) => {
      const lastIndex = batch.entries.length;
      if (error === undefined) resolve({ ...INITIAL_LOG_STATE, lastIndex });
      else reject(error);
    });
  });
}
