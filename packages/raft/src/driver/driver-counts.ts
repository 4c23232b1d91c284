import type { ProposalOutcome, ReadOutcome } from "./outcome.ts";

/** What a driver has done since it was made, and what waits in it now. */
export interface DriverCounts {
  /** Proposals by how they ended. */
  readonly proposals: Readonly<Record<ProposalOutcome["kind"], number>>;
  /** Linearizable reads by how they ended. */
  readonly reads: Readonly<Record<ReadOutcome["kind"], number>>;
  /** Times that the leader known here became another one. */
  readonly leaderChanges: number;
  /** Times that this node began to ask for votes, however often it asked then. */
  readonly campaigns: number;
  readonly messagesSent: number;
  readonly messagesReceived: number;
  /** Received messages that found the inbox full. */
  readonly messagesDropped: number;
  readonly snapshotsSent: number;
  readonly snapshotsInstalled: number;
  readonly proposalsWaiting: number;
  readonly readsWaiting: number;
}

export type MutableCounts = {
  -readonly [Name in Exclude<keyof DriverCounts, "proposals" | "reads">]: number;
} & {
  readonly proposals: Record<ProposalOutcome["kind"], number>;
  readonly reads: Record<ReadOutcome["kind"], number>;
};

export function newCounts(): MutableCounts {
  return {
    proposals: {
      applied: 0,
      superseded: 0,
      unknown: 0,
      "not-leader": 0,
      overloaded: 0,
      transferring: 0,
      stopped: 0,
    },
    reads: { ready: 0, "no-leader": 0, timeout: 0, overloaded: 0, stopped: 0 },
    leaderChanges: 0,
    campaigns: 0,
    messagesSent: 0,
    messagesReceived: 0,
    messagesDropped: 0,
    snapshotsSent: 0,
    snapshotsInstalled: 0,
    proposalsWaiting: 0,
    readsWaiting: 0,
  };
}

/** As it is now: what is counted later does not change it. */
export function copyOf(counts: MutableCounts): DriverCounts {
  return { ...counts, proposals: { ...counts.proposals }, reads: { ...counts.reads } };
}
