import type { Member } from "@caucus/raft";
import type {
  AdminReply,
  AdminRequest,
  BootstrapPromise,
  ClusterHandler,
  ForwardedReply,
  ForwardedWrite,
  Identity,
  JoinReply,
  JoinRequest,
  PromiseReply,
} from "@caucus/rpc";
import type { IdentityStore } from "@caucus/storage";
import type { ActiveMember } from "./active-member.ts";
import type { BootstrapPromises } from "./bootstrap/promises.ts";

export interface ClusterHandlerParts {
  readonly self: Member;
  readonly identity: IdentityStore;
  readonly promises: BootstrapPromises;
  readonly active: () => ActiveMember | undefined;
  readonly admin: (request: AdminRequest) => Promise<AdminReply>;
}

/** What this node answers to other nodes beside Raft messages. */
export function createClusterHandler(parts: ClusterHandlerParts): ClusterHandler {
  const { active, admin, identity, promises, self } = parts;
  return {
    identify(): Identity {
      const { cluster, startCounter } = identity.current;
      const raft = active()?.raft;
      const leader = raft?.leader();
      const lastIndex = raft?.driver.view().lastIndex ?? 0;
      return { member: self, cluster, startCounter, lastIndex, leader };
    },
    promise: (request: BootstrapPromise): Promise<PromiseReply> => promises.promise(request),
    withdraw: (asker, cluster) => promises.withdraw(asker, cluster),
    invite: (asker, cluster) => promises.invite(asker, cluster),
    async join(request: JoinRequest): Promise<JoinReply> {
      const member = active();
      if (member !== undefined) return member.membership.office.join(request);
      return { kind: "wait", message: `node ${self.label} belongs to no cluster yet` };
    },
    admin,
    forward(write: ForwardedWrite, reply: (reply: ForwardedReply) => void): void {
      const member = active();
      if (member !== undefined) {
        member.writes.acceptForwarded(write, reply);
        return;
      }
      const data = new TextEncoder().encode("no_leader this node belongs to no cluster yet");
      reply({ number: write.number, kind: "not-appended", data, index: 0, term: 0 });
    },
  };
}
