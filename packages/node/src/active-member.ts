import type { Clock, Logger } from "@caucus/base";
import type { StateStore } from "@caucus/kv";
import type { Member } from "@caucus/raft";
import type { ClusterCalls } from "@caucus/rpc";
import type { IdentityStore } from "@caucus/storage";
import { ClusterWatch } from "./cluster-watch.ts";
import type { Deadlines } from "./deadlines.ts";
import type { GossipMember } from "./gossip-service.ts";
import { LeaderRouting } from "./leader-routing.ts";
import type { Joiner } from "./membership/joiner.ts";
import type { VoterLimits } from "./membership/leader-view.ts";
import { Membership } from "./membership/membership.ts";
import { StandingRequest } from "./membership/standing-request.ts";
import type { RaftMember } from "./raft-member.ts";
import { WritePath } from "./write-path.ts";

/** Everything that a node has only once it belongs to a cluster. */
export interface ActiveMember {
  readonly raft: RaftMember;
  readonly routing: LeaderRouting;
  readonly writes: WritePath;
  readonly membership: Membership;
  readonly standing: StandingRequest;
  readonly watch: ClusterWatch;
}

export interface ActiveMemberParts {
  readonly self: Member;
  readonly raft: RaftMember;
  readonly state: StateStore;
  readonly identity: IdentityStore;
  readonly join: readonly string[];
  readonly joiner: Joiner;
  readonly calls: ClusterCalls;
  readonly gossip: () => readonly GossipMember[];
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  readonly limits: VoterLimits;
  readonly logger: Logger;
  readonly pause: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

export function createActiveMember(parts: ActiveMemberParts): ActiveMember {
  const { raft } = parts;
  const routing = new LeaderRouting(() => raft.route());
  const writes = new WritePath({
    ...parts,
    routing,
    propose: (data, deadlineMs, done) => raft.driver.propose(data, deadlineMs, done),
  });
  return {
    raft,
    routing,
    writes,
    membership: new Membership({ ...parts, writes }),
    standing: new StandingRequest({ ...parts, routing }),
    watch: new ClusterWatch({ ...parts, cluster: raft.cluster }),
  };
}

/** What a member does all the time, each until the node stops; none may be left alone. */
export function runningLoops({ membership, standing, watch }: ActiveMember): Promise<void>[] {
  return [standing.run(), watch.run(), membership.sync.run()];
}
