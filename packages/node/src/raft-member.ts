import type { Logger } from "@caucus/base";
import type { StateStore } from "@caucus/kv";
import {
  type ClusterId,
  type Configuration,
  type LogState,
  type LogStore,
  type Member,
  memberOf,
  type PeerTransport,
  type RaftConfig,
  RaftDriver,
  type RaftStatus,
} from "@caucus/raft";
import { KvStateMachine } from "./kv-state-machine.ts";
import type { Route } from "./leader-routing.ts";
import type { Surroundings } from "./surroundings.ts";

export interface RaftMemberParts {
  readonly self: Member;
  readonly cluster: ClusterId;
  readonly startCounter: number;
  readonly logStore: LogStore;
  readonly logState: LogState;
  readonly stateStore: StateStore;
  readonly config: RaftConfig;
  readonly transport: PeerTransport;
  readonly surroundings: Pick<Surroundings, "clock" | "defer" | "rng">;
  readonly logger: Logger;
  readonly changed: () => void;
  readonly committed: (latencyMs: number) => void;
  readonly poisoned: (error: Error) => void;
}

/** The Raft side of a node that belongs to a cluster. */
export class RaftMember {
  readonly cluster: ClusterId;
  readonly driver: RaftDriver;
  readonly #self: Member;

  /** @throws DecodeError when the stored state can't be read */
  constructor(parts: RaftMemberParts) {
    const { changed, cluster, committed, config, logState, logStore, poisoned, self } = parts;
    const { clock, defer, rng } = parts.surroundings;
    this.cluster = cluster;
    this.#self = self;
    this.driver = new RaftDriver({
      self: self.key,
      cluster,
      startCounter: parts.startCounter,
      config,
      logStore,
      logState,
      stateMachine: new KvStateMachine(parts.stateStore),
      transport: parts.transport,
      rng,
      schedule: defer,
      nowMs: () => clock.monotonicMs(),
      observer: { changed, committed, poisoned },
      logger: parts.logger,
    });
  }

  status(): RaftStatus {
    return this.driver.status();
  }

  configuration(): Configuration {
    return this.driver.view().configuration.configuration;
  }

  /** Undefined also while its key is not in the own configuration yet. */
  leader(): Member | undefined {
    const { leader } = this.driver.view();
    return leader === undefined ? undefined : memberOf(this.configuration(), leader);
  }

  route(): Route {
    if (this.driver.view().role === "leader") return { kind: "self" };
    const leader = this.leader();
    if (leader === undefined || leader.key === this.#self.key) return { kind: "none" };
    return { kind: "other", leader };
  }

  /** Whether the configuration, as far as it is known here, names this node as it is now. */
  isRecorded(): boolean {
    const self = this.#self;
    const recorded = memberOf(this.configuration(), self.key);
    return recorded?.rpcAddress === self.rpcAddress && recorded.apiAddress === self.apiAddress;
  }
}
