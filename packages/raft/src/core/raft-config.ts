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

  /** How often the driver is to be ticked. Default 10. */
  readonly tickMs: number;
  /** Messages that wait for the next turn; further ones are dropped. Default 16,384. */
  readonly inboxMax: number;
  /** Proposals that wait for their entry to be applied. Default 65,536. */
  readonly proposalsMax: number;
  /** Callers of reads that wait. Default 65,536. */
  readonly readersMax: number;
  /** The log is compacted when so many applied entries are in it. Default 50,000. */
  readonly compactionEntries: number;
  /** Or when they weigh so many bytes. Default 128 MiB. */
  readonly compactionBytes: number;
  /** Applied entries kept for followers that lag a little. Default 5,000. */
  readonly compactionKeepEntries: number;
  /** A snapshot that streams no longer holds the log back beyond this. Default 512 MiB. */
  readonly streamLogBytesMax: number;
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
  tickMs: 10,
  inboxMax: 16_384,
  proposalsMax: 65_536,
  readersMax: 65_536,
  compactionEntries: 50_000,
  compactionBytes: 128 * MIB,
  compactionKeepEntries: 5000,
  streamLogBytesMax: 512 * MIB,
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
    tickMs: pick("tickMs"),
    inboxMax: pick("inboxMax"),
    proposalsMax: pick("proposalsMax"),
    readersMax: pick("readersMax"),
    compactionEntries: pick("compactionEntries"),
    compactionBytes: pick("compactionBytes"),
    compactionKeepEntries: pick("compactionKeepEntries"),
    streamLogBytesMax: pick("streamLogBytesMax"),
  };
  if (config.heartbeatIntervalMs * 3 > config.electionTimeoutMs) {
    problems.push(
      `heartbeatIntervalMs is ${config.heartbeatIntervalMs}, ` +
        `allowed is at most a third of electionTimeoutMs (${config.electionTimeoutMs})`,
    );
  }
  return problems.length > 0 ? { problems } : { config };
}
