import type { Clock, Logger } from "@caucus/base";
import { listNodes, type StateStore } from "@caucus/kv";
import { type Member, type MemberKey, memberOf } from "@caucus/raft";
import type { ClusterCalls } from "@caucus/rpc";
import type { Deadlines } from "./deadlines.ts";
import type { Explanation, MembershipDecision, Nominee } from "./kv-service.ts";
import { LeaderRouting } from "./leader-routing.ts";
import { explain } from "./membership/explanation.ts";
import { JoinOffice } from "./membership/join-office.ts";
import type { JoinLimits } from "./membership/leader-view.ts";
import { OperatorChanges } from "./membership/operator-changes.ts";
import { PolicyOffice } from "./membership/policy-office.ts";
import type { RaftMember } from "./raft-member.ts";
import { WritePath } from "./write-path.ts";

/** Everything that a node has only once it belongs to a cluster. */
export interface ActiveMember {
  readonly raft: RaftMember;
  readonly routing: LeaderRouting;
  readonly writes: WritePath;
  readonly office: JoinOffice;
  readonly operator: OperatorChanges;
  readonly policy: PolicyOffice;
  /** What automation did while this node led: newest last. */
  decisions(): readonly MembershipDecision[];
  nominees(): readonly Nominee[];
  /** In words, as this node sees it; `about`: whose departure is asked about. */
  explain(about: MemberKey): Explanation;
}

export interface ActiveMemberParts {
  readonly self: Member;
  readonly raft: RaftMember;
  readonly state: StateStore;
  readonly calls: ClusterCalls;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly limits: JoinLimits;
  readonly logger: Logger;
  readonly pause: (ms: number) => Promise<void>;
}

export function createActiveMember(parts: ActiveMemberParts): ActiveMember {
  const { calls, clock, deadlines, limits, logger, pause, raft, state } = parts;
  const { key } = parts.self;
  const routing = new LeaderRouting(() => raft.route());
  const writes = new WritePath({
    propose: (data, deadlineMs, done) => raft.driver.propose(data, deadlineMs, done),
    routing,
    calls,
    deadlines,
    clock,
  });
  const office = new JoinOffice({ self: key, member: raft, calls, limits, clock, logger });
  const policy = new PolicyOffice({ state, writes, clock });
  const operator = new OperatorChanges({
    policy,
    self: key,
    member: raft,
    calls,
    clock,
    pause,
    addressOf: (label) =>
      listNodes(state).find((node) => node.label === label)?.address ??
      raft.configuration().members.find((member) => member.label === label)?.rpcAddress,
  });
  return {
    ...{ raft, routing, writes, office, operator, policy },
    decisions: () => [],
    nominees: () => [],
    explain: (about) =>
      explain({
        raft: raft.status(),
        leader: raft.leader(),
        about,
        answers: () => undefined,
        standings: [],
      }),
  };
}

/** Whether the cluster's configuration, as far as it is known here, names this node as it is now. */
export function isRecordedAs(raft: RaftMember, self: Member): boolean {
  const recorded = memberOf(raft.configuration(), self.key);
  return recorded?.rpcAddress === self.rpcAddress && recorded.apiAddress === self.apiAddress;
}
