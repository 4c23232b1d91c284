/** What only the leader can do: runs it here when this node leads, else there. */
import { assertNever, CaucusError, type Clock } from "@caucus/base";
import type { AdminReply, AdminRequest, ClusterCalls } from "@caucus/rpc";
import type { ActiveMember } from "./active-member.ts";
import { answerAdmin, readAdminReply } from "./admin-forwarding.ts";
import type { Deadlines } from "./deadlines.ts";
import type {
  LearnerRequest,
  MembershipRequest,
  PolicyRequest,
  RemovalRequest,
} from "./kv-service.ts";
import { CATCH_UP_TIMEOUT_MS, CHANGE_TIMEOUT_MS } from "./membership/operator-changes.ts";
import { requestDeadline, waitForRetry } from "./request-clock.ts";

/** Above what the leader itself allows, so that its own answer comes first. */
const CALL_TIMEOUT_MS: number = CATCH_UP_TIMEOUT_MS + 2 * CHANGE_TIMEOUT_MS;

export interface AdministrationParts {
  readonly calls: Pick<ClusterCalls, "admin">;
  readonly deadlines: Deadlines;
  readonly clock: Clock;
  /** @throws CaucusError while the node belongs to no cluster */
  readonly require: () => ActiveMember;
}

export class Administration {
  readonly #parts: AdministrationParts;

  constructor(parts: AdministrationParts) {
    this.#parts = parts;
  }

  /** Another member has sent this on because it thinks that this node leads. */
  answer(request: AdminRequest): Promise<AdminReply> {
    return answerAdmin(async () => {
      const active = this.#parts.require();
      if (active.routing.route.kind === "self") return run(active, request);
      throw new CaucusError("no_leader", "this node does not lead", { outcome: "not_applied" });
    });
  }

  /** Asks whoever is believed to lead, once. @throws CaucusError */
  async askLeader<T>(method: AdminRequest["method"], body: object, timeoutMs: number): Promise<T> {
    const { calls, require } = this.#parts;
    const { route } = require().routing;
    if (route.kind !== "other") throw new CaucusError("no_leader", "no other node leads");
    const request: AdminRequest = { method, body: JSON.stringify(body) };
    return readAdminReply(await calls.admin(route.leader.rpcAddress, request, timeoutMs)) as T;
  }

  /** Waits for a leader for a while. @throws CaucusError with `outcome` */
  async onLeader<T>(method: AdminRequest["method"], body: object): Promise<T> {
    const { calls, clock, require } = this.#parts;
    const request: AdminRequest = { method, body: JSON.stringify(body) };
    const deadlineMs = requestDeadline(clock);
    for (;;) {
      const active = require();
      const { route } = active.routing;
      try {
        if (route.kind === "self") return (await run(active, request)) as T;
        if (route.kind === "other") {
          const { rpcAddress } = route.leader;
          return readAdminReply(await calls.admin(rpcAddress, request, CALL_TIMEOUT_MS)) as T;
        }
      } catch (thrown) {
        const error = CaucusError.from(thrown);
        if (error.code !== "no_leader" || error.outcome === "unknown") throw error;
      }
      await this.#waitForLeader(active, deadlineMs);
    }
  }

  #waitForLeader(active: ActiveMember, deadlineMs: number): Promise<void> {
    const { clock, deadlines } = this.#parts;
    return new Promise((resolve, reject) => {
      waitForRetry(active.routing, deadlines, clock, deadlineMs, (end) => {
        if (end === "retry") resolve();
        else if (end === "overloaded") reject(new CaucusError("overloaded", "too many wait"));
        else reject(new CaucusError("no_leader", "no leader is known", { outcome: "not_applied" }));
      });
    });
  }
}

async function run(active: ActiveMember, { body, method }: AdminRequest): Promise<unknown> {
  const { membership } = active;
  const { operator, policy } = membership;
  const input: unknown = JSON.parse(body);
  switch (method) {
    case "add-learner":
      return operator.addLearner(input as LearnerRequest);
    case "change-membership":
      return operator.changeMembership(input as MembershipRequest);
    case "remove-member":
      return operator.removeMember(input as RemovalRequest);
    case "set-membership-policy":
      return policy.change(input as PolicyRequest);
    case "transfer-leadership":
      return operator.transferLeadership((input as { readonly label?: number }).label);
    case "explain":
      return membership.explain((input as { readonly key: string }).key, false);
    default:
      return assertNever(method);
  }
}
