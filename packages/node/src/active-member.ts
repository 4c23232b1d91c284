import type { Clock, Logger } from "@caucus/base";
import { listNodes, type StateStore } from "@caucus/kv";
import { type Member, memberOf } from "@caucus/raft";
import type { ClusterCalls } from "@caucus/rpc";
import type { Deadlines } from "./deadlines.ts";
import { LeaderRouting } from "./leader-routing.ts";
import { JoinOffice } from "./membership/join-office.ts";
import type { JoinLimits } from "./membership/leader-view.ts";
import { OperatorChanges } from "./membership/operator-changes.ts";
import type { RaftMember } from "./raft-member.ts";
import { WritePath } from "./write-path.ts";

/** Everything that a node has only once it belongs to a cluster. */
export interface ActiveMember {
  readonly raft: RaftMember;
  readonly routing: LeaderRouting;
  readonly writes: WritePath;
  readonly office: JoinOffice;
  readonly operator: OperatorChanges;
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
  const operator = new OperatorChanges({
    self: key,
    member: raft,
    calls,
    clock,
    pause,
    addressOf: (label) =>
      listNodes(state).find((node) => node.label === label)?.address ??
      raft.configuration().members.find((member) => member.label === label)?.rpcAddress,
  });
  return { raft, routing, writes, office, operator };
}

/** Whether the cluster's configuration, as far as it is known here, names this node as it is now. */
export function isRecordedAs(raft: RaftMember, self: Member): boolean {
  const recorded = memberOf(raft.configuration(), self.key);
  return recorded?.rpcAddress === self.rpcAddress && recorded.apiAddress === self.apiAddress;
}
