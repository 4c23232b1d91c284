import type { Logger, Rng } from "@caucus/base";
import type { ClusterId, MemberKey } from "../core/identity.ts";
import type { RaftConfig } from "../core/raft-config.ts";
import type { LogState, LogStore, PeerTransport, StateMachine } from "./ports.ts";

/** What the owner of a driver may want to hear. Called inside a turn: do little. */
export interface DriverObserver {
  /** Role, leader, term or configuration changed. */
  changed?(): void;
  /** The leader: a batch is committed, so long after it was handed to the own disk. */
  committed?(latencyMs: number): void;
  /** Storage failed or an invariant broke. The driver has stopped. */
  poisoned?(error: Error): void;
}

export interface RaftDriverOptions {
  readonly self: MemberKey;
  readonly cluster: ClusterId;
  /** Fsynced and raised at each start of the data directory. */
  readonly startCounter: number;
  readonly config: RaftConfig;
  readonly logStore: LogStore;
  /**
   * What the log store holds now. Default `logStore.opened`; a creator that has written its
   * initial batch since the opening passes INITIAL_LOG_STATE.
   */
  readonly logState?: LogState;
  readonly stateMachine: StateMachine;
  readonly transport: PeerTransport;
  readonly rng: Rng;
  /** Runs `turn` soon, not inside the call. */
  readonly schedule: (turn: () => void) => void;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly observer?: DriverObserver;
  readonly logger?: Logger;
}
