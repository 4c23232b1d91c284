/** Timing and limits of one Raft member. Bytes count data plus a fixed share per entry. */
export interface RaftConfig {
  /**
   * A follower that hears nothing for this long campaigns; each wait is drawn from
   * [electionTimeoutMs, 2 × electionTimeoutMs) (Raft §5.2). A leader that hears from no
   * quorum for this long steps down. Default 600.
   */
  readonly electionTimeoutMs: number;
  /** At most a third of `electionTimeoutMs`. Default 100. */
  readonly heartbeatIntervalMs: number;
  /** Entries in one append. Default 1,024. */
  readonly entriesPerMessageMax: number;
  /** Bytes of entries in one append; a single larger entry still goes alone. Default 1 MiB. */
  readonly bytesPerMessageMax: number;
  /** Unanswered appends per follower. Default 64. */
  readonly inflightMessagesMax: number;
  /** Unanswered bytes per follower. Default 16 MiB. */
  readonly inflightBytesMax: number;
  /** A leader refuses proposals above this many bytes that are not yet committed. Default 64 MiB. */
  readonly uncommittedBytesMax: number;
  /** Entries handed out for applying in one turn, in bytes. Default 4 MiB. */
  readonly applyBytesMax: number;
  /** Read-index rounds that wait on one node, its own and those of its askers. Default 4,096. */
  readonly readsMax: number;
}

export type RaftOptions = { readonly [Name in keyof RaftConfig]?: number | undefined };

const MIB = 1024 * 1024;

export const RAFT_DEFAULTS: RaftConfig = {
  electionTimeoutMs: 600,
  heartbeatIntervalMs: 100,
  entriesPerMessageMax: 1024,
  bytesPerMessageMax: MIB,
  inflightMessagesMax: 64,
  inflightBytesMax: 16 * MIB,
  uncommittedBytesMax: 64 * MIB,
  applyBytesMax: 4 * MIB,
  readsMax: 4096,
};

/** Fills in defaults. Returns every problem as text, so that the edge can report all at once. */
export function resolveRaftConfig(
  options: RaftOptions,
): { readonly config: RaftConfig } | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const pick = (name: keyof RaftConfig): number => {
    const value = options[name] ?? RAFT_DEFAULTS[name];
    if (!Number.isSafeInteger(value) || value < 1) {
      problems.push(`${name} is ${value}, allowed are whole numbers from 1`);
    }
    return value;
  };
  const config: RaftConfig = {
    electionTimeoutMs: pick("electionTimeoutMs"),
    heartbeatIntervalMs: pick("heartbeatIntervalMs"),
    entriesPerMessageMax: pick("entriesPerMessageMax"),
    bytesPerMessageMax: pick("bytesPerMessageMax"),
    inflightMessagesMax: pick("inflightMessagesMax"),
    inflightBytesMax: pick("inflightBytesMax"),
    uncommittedBytesMax: pick("uncommittedBytesMax"),
    applyBytesMax: pick("applyBytesMax"),
    readsMax: pick("readsMax"),
  };
  if (config.heartbeatIntervalMs * 3 > config.electionTimeoutMs) {
    problems.push(
      `heartbeatIntervalMs is ${config.heartbeatIntervalMs}, ` +
        `allowed is at most a third of electionTimeoutMs (${config.electionTimeoutMs})`,
    );
  }
  return problems.length > 0 ? { problems } : { config };
}
