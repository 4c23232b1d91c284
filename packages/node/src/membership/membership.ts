import type { Clock, Logger } from "@caucus/base";
import { listNodes, type StateStore } from "@caucus/kv";
import { type ClusterId, type Member, type MemberKey, memberOf } from "@caucus/raft";
import type { ClusterCalls } from "@caucus/rpc";
import type { GossipMember } from "../gossip-service.ts";
import type { Explanation, MembershipView, Nominee } from "../kv-service.ts";
import type { RaftMember } from "../raft-member.ts";
import type { WritePath } from "../write-path.ts";
import { Applicants } from "./applicants.ts";
import { DecisionLog } from "./decision-log.ts";
import { explain } from "./explanation.ts";
import { JoinOffice } from "./join-office.ts";
import type { VoterLimits } from "./leader-view.ts";
import { Leadership } from "./leadership.ts";
import { MembershipSync } from "./membership-sync.ts";
import { OperatorChanges } from "./operator-changes.ts";
import { PolicyOffice } from "./policy-office.ts";

/** Nominees that a view names at most. */
const NOMINEES_MAX = 64;

export interface MembershipParts {
  readonly self: Member;
  readonly raft: RaftMember;
  readonly state: StateStore;
  readonly writes: WritePath;
  readonly calls: ClusterCalls;
  /** Everybody whom gossip knows; empty when this node does not gossip. */
  readonly gossip: () => readonly GossipMember[];
  readonly limits: VoterLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pause: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/** Everything about who is a member of the cluster that this node belongs to. */
export class Membership {
  readonly office: JoinOffice;
  readonly operator: OperatorChanges;
  readonly policy: PolicyOffice;
  readonly sync: MembershipSync;
  readonly #parts: MembershipParts;
  readonly #applicants: Applicants;
  readonly #decisions: DecisionLog;

  constructor(parts: MembershipParts) {
    const { clock, gossip, logger, raft, self, state } = parts;
    this.#parts = parts;
    this.#applicants = new Applicants(clock);
    this.#decisions = new DecisionLog(clock, logger);
    this.policy = new PolicyOffice(parts);
    const leadership = new Leadership({
      self: self.key,
      raft,
      gossip,
      policy: () => this.policy.policy,
      applicants: this.#applicants,
      clock,
    });
    const shared = { leadership, applicants: this.#applicants, decisions: this.#decisions };
    this.office = new JoinOffice({ ...parts, ...shared });
    this.sync = new MembershipSync({ ...parts, ...shared });
    this.operator = new OperatorChanges({
      ...parts,
      self: self.key,
      member: raft,
      policy: this.policy,
      addressOf: (label) =>
        listNodes(state).find((node) => node.label === label)?.address ??
        raft.configuration().members.find((member) => member.label === label)?.rpcAddress ??
        this.#nominated().find((node) => node.label === label)?.rpcAddress,
    });
  }

  view(): MembershipView {
    return {
      policy: this.policy.policy,
      decisions: this.#decisions.decisions,
      nominees: this.#nominees(),
    };
  }

  /**
   * In words, as this node sees it. `about`: whose departure is asked about; `isLeaderSilent`: the
   * leader was asked and did not answer.
   */
  explain(about: MemberKey, isLeaderSilent: boolean): Explanation {
    const { limits, raft } = this.#parts;
    const waiting = this.#nominees().map(
      ({ label, rpcAddress, waitsFor }) =>
        `node ${label} at ${rpcAddress} is no member: ${waitsFor}`,
    );
    return explain({
      raft: raft.status(),
      leader: raft.leader(),
      isLeaderSilent,
      about,
      answers: (key) => this.#answers(key),
      standings: [...this.sync.standings(), ...waiting],
      policy: this.policy.policy,
      deadVoterAfterMs: limits.deadVoterAfterMs,
      otherClusters: this.#otherClusters(),
    });
  }

  /** Others that live nodes of the same gossip say they belong to. */
  #otherClusters(): readonly ClusterId[] {
    const { gossip, raft } = this.#parts;
    const told = gossip().flatMap(({ cluster, live }) => (live && cluster ? [cluster] : []));
    return [...new Set(told)].filter((cluster) => cluster !== raft.cluster);
  }

  /** As the leader: in Raft. Else as gossip has it; undefined when it has nothing. */
  #answers(key: MemberKey): boolean | undefined {
    const { gossip, limits, raft, self } = this.#parts;
    if (key === self.key) return true;
    const peer = raft.status().peers.find((other) => other.key === key);
    if (peer !== undefined) return peer.lastContactMs < limits.reachableMs;
    return gossip().find((node) => node.key === key)?.live;
  }

  #nominees(): readonly Nominee[] {
    if (this.#parts.raft.status().role !== "leader") return [];
    return this.#nominated().slice(0, NOMINEES_MAX);
  }

  /** Live nodes with a label that belong to no cluster, or to this one without its knowing. */
  #nominated(): readonly Nominee[] {
    const { gossip, raft } = this.#parts;
    const configuration = raft.configuration();
    return gossip().flatMap(({ cluster, key, label, live, rpcAddress }) => {
      if (!live || key === undefined || label === undefined || rpcAddress === undefined) return [];
      if (memberOf(configuration, key) !== undefined) return [];
      if (cluster !== undefined && cluster !== raft.cluster) return [];
      return [{ label, key, rpcAddress, waitsFor: this.#whyNominated(key) }];
    });
  }

  #whyNominated(key: MemberKey): string {
    if (this.#parts.raft.configuration().removed.includes(key)) {
      return "its key was removed from the cluster and never returns";
    }
    return this.#applicants.answerTo(key) ?? "it has not asked this leader yet";
  }
}
