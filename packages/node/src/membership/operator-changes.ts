/**
 * Membership as an operator asks for it: by label, on the leader. Labels are resolved to keys
 * here; the key of a node that is not yet a member comes from the node itself.
 *
 * N12: a label whose key is unknown is refused. N13: a node that waits is added only after it has
 * promised itself to this cluster, so that nobody else can take it in at the same time.
 */
import { assertNever, CaucusError, type Clock } from "@caucus/base";
import {
  type ChangeOutcome,
  type ClusterId,
  type Configuration,
  isJoint,
  isLearner,
  isVoter,
  type Member,
  type MemberKey,
  type MembershipChange,
  memberOf,
  type TransferOutcome,
} from "@caucus/raft";
import type { BootstrapPromise, ClusterCalls, Identity } from "@caucus/rpc";
import type {
  LearnerRequest,
  MembershipRequest,
  MembershipResult,
  RemovalRequest,
} from "../kv-service.ts";
import type { RaftMember } from "../raft-member.ts";
import { addLearner, describeMember } from "./membership-changes.ts";
import type { PolicyOffice } from "./policy-office.ts";

/** How long a membership change may take, in ms. */
export const CHANGE_TIMEOUT_MS = 10_000;

/** How long a new learner may take to catch up before its asker is answered, in ms. */
export const CATCH_UP_TIMEOUT_MS = 30_000;

const CALL_TIMEOUT_MS = 2_000;
const CATCH_UP_POLL_MS = 20;

const REFUSED = { outcome: "not_applied" } as const;

export interface OperatorChangesParts {
  readonly self: MemberKey;
  readonly member: RaftMember;
  readonly calls: ClusterCalls;
  readonly clock: Clock;
  readonly policy: Pick<PolicyOffice, "pause">;
  /** Where `set-node` says that a label is reached. */
  readonly addressOf: (label: number) => string | undefined;
  /** Resolves after about so many ms, or at once when the node stops. */
  readonly pause: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

export class OperatorChanges {
  readonly #parts: OperatorChangesParts;

  constructor(parts: OperatorChangesParts) {
    this.#parts = parts;
  }

  async addLearner(request: LearnerRequest): Promise<MembershipResult> {
    await this.#settled();
    const known = this.#status().configuration.members.find(({ label }) => label === request.label);
    const member = await this.#resolve(request.label, request.address ?? known?.rpcAddress);
    const { configuration, configurationIndex, appliedTerm } = this.#status();
    const result =
      memberOf(configuration, member.key) === undefined
        ? await this.#takeIn(member)
        : { index: configurationIndex, term: appliedTerm, configuration };
    if (request.wait !== false) await this.#caughtUp(member);
    return result;
  }

  async changeMembership(request: MembershipRequest): Promise<MembershipResult> {
    if (request.voters.length === 0) {
      throw new CaucusError("invalid_argument", "voters is empty, at least one label is needed");
    }
    await this.#settled();
    const { configuration, configurationIndex } = this.#status();
    const labels = [...new Set(request.voters)];
    const members = labels.map((label) => memberForLabel(configuration, label));
    const voters = members.map((member) => member.key);
    for (const member of members) {
      if (!isVoter(configuration, member.key)) await this.#inTouch(member);
    }
    const dropped = configuration.voters.filter((key) => !voters.includes(key));
    const learners = [
      ...configuration.learners.filter((key) => !voters.includes(key)),
      ...(request.retainDropped === true ? dropped : []),
    ];
    const named = new Set([...voters, ...learners]);
    await this.#parts.policy.pause(changedLabels(configuration, voters, learners));
    return this.#change({
      voters,
      learners,
      members: configuration.members.filter((member) => named.has(member.key)),
      expectedConfigurationIndex: request.expectedConfigurationIndex ?? configurationIndex,
    });
  }

  /** The leader may remove itself: it leads until the change is committed. */
  async removeMember(request: RemovalRequest): Promise<MembershipResult> {
    await this.#settled();
    const { configuration, configurationIndex } = this.#status();
    const { key, label } = memberForLabel(configuration, request.label);
    const voters = configuration.voters.filter((voter) => voter !== key);
    if (voters.length === 0) {
      const message = `node ${label} is the only voter and can't be removed; add another one first`;
      throw new CaucusError("conflict", message, REFUSED);
    }
    await this.#parts.policy.pause([label]);
    return this.#change({
      voters,
      learners: configuration.learners.filter((learner) => learner !== key),
      members: configuration.members.filter((member) => member.key !== key),
      expectedConfigurationIndex: request.expectedConfigurationIndex ?? configurationIndex,
    });
  }

  async transferLeadership(label: number | undefined): Promise<void> {
    const { configuration } = this.#status();
    const target =
      label === undefined ? undefined : memberForLabel(configuration, label, isVoter).key;
    const outcome = await new Promise<TransferOutcome>((resolve) => {
      this.#parts.member.driver.transferLeadership(target, resolve);
    });
    switch (outcome.kind) {
      case "transferred":
        return;
      case "not-leader":
        throw new CaucusError("no_leader", "this node does not lead any more");
      case "invalid":
        throw new CaucusError("invalid_argument", outcome.message);
      case "aborted":
        throw new CaucusError("timeout", "the target did not take over in time");
      default:
        assertNever(outcome);
    }
  }

  /**
   * A new leader changes nothing before it has committed in its term, a moment after its election; and
   * a change that is under way, perhaps by automation, is over in a moment as well.
   */
  async #settled(): Promise<void> {
    await this.#until(CALL_TIMEOUT_MS, () => {
      const { configuration, configurationCommitted, hasCommittedInTerm } = this.#status();
      return hasCommittedInTerm && configurationCommitted && !isJoint(configuration);
    });
  }

  /**
   * Looks again and again; false when it was not so in time.
   * @throws CaucusError `unavailable` when the node stops: nothing is waited for then
   */
  async #until(timeoutMs: number, isSo: () => boolean): Promise<boolean> {
    const { clock, isStopping, pause } = this.#parts;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    while (!isSo()) {
      if (isStopping()) throw new CaucusError("unavailable", "the node is stopping");
      if (clock.monotonicMs() >= deadlineMs) return false;
      await pause(CATCH_UP_POLL_MS);
    }
    return true;
  }

  /** Commits one change. @throws CaucusError with `outcome` */
  #change(change: MembershipChange): Promise<MembershipResult> {
    const { clock, member } = this.#parts;
    return new Promise((resolve, reject) => {
      const deadlineMs = clock.monotonicMs() + CHANGE_TIMEOUT_MS;
      member.driver.changeMembership(change, deadlineMs, (outcome) => {
        if (outcome.kind === "changed") {
          const { index, term, configuration } = outcome;
          resolve({ index, term, configuration });
        } else {
          reject(changeError(outcome));
        }
      });
    });
  }

  /** Who answers at the address. @throws CaucusError, `not_applied`, when it is not what the label says */
  async #resolve(label: number, given: string | undefined): Promise<Member> {
    const address = given ?? this.#parts.addressOf(label);
    if (address === undefined) {
      throw new CaucusError(
        "invalid_argument",
        `no address is known for label ${label}; give one, or record it first`,
      );
    }
    const identity = await this.#identify(label, address);
    if (identity.member.label !== label) {
      const { label: found } = identity.member;
      throw new CaucusError("conflict", `${address} is node ${found}, not node ${label}`, REFUSED);
    }
    const { cluster } = this.#parts.member;
    if (identity.cluster !== undefined && identity.cluster !== cluster) {
      throw new CaucusError(
        "wrong_cluster",
        `node ${label} at ${address} belongs to cluster ${identity.cluster}, not ${cluster}`,
        REFUSED,
      );
    }
    return identity.member;
  }

  /**
   * Nothing has been asked of the cluster yet, so a silent address changes nothing. A conflict, not
   * `unavailable`: asking again, here or elsewhere, is of no use before that node runs.
   */
  async #identify(label: number, address: string): Promise<Identity> {
    try {
      return await this.#parts.calls.identify(address, CALL_TIMEOUT_MS);
    } catch (thrown) {
      const { message } = CaucusError.from(thrown);
      throw new CaucusError("conflict", `node ${label} was not added: ${message}`, REFUSED);
    }
  }

  async #takeIn(member: Member): Promise<MembershipResult> {
    const { configuration, configurationIndex } = this.#status();
    const holder = configuration.members.find(({ label }) => label === member.label);
    if (holder !== undefined) {
      throw new CaucusError(
        "conflict",
        `label ${member.label} is in use by ${describeMember(holder)}`,
      );
    }
    const { calls, policy, self, member: raft } = this.#parts;
    const { rpcAddress } = member;
    const promise: BootstrapPromise = {
      asker: self,
      cluster: raft.cluster,
      members: [...configuration.members, member],
    };
    let isChanging = false;
    try {
      const reply = await calls.promise(rpcAddress, promise, CALL_TIMEOUT_MS);
      if (reply.kind === "refused") throw new CaucusError("conflict", reply.message);
      if (reply.kind === "member" && reply.cluster !== raft.cluster) {
        throw wrongCluster(member, reply.cluster);
      }
      // Automation would make it a voter: what it becomes is for the operator to say.
      await policy.pause([member.label]);
      isChanging = true;
      const result = await this.#change(addLearner(configuration, configurationIndex, member));
      await calls.invite(rpcAddress, self, raft.cluster, CALL_TIMEOUT_MS);
      return result;
    } catch (error) {
      const failed = CaucusError.from(error);
      // It may have promised itself, whatever was heard of it; and may be a member already.
      if (!isChanging || failed.outcome === "not_applied") {
        await calls.withdraw(rpcAddress, self, raft.cluster, CALL_TIMEOUT_MS).catch(() => {});
      }
      throw failed;
    }
  }

  /**
   * N40: a learner becomes a voter only while it answers. One that does not know yet that it is a member
   * could never help to commit the change that counts it, and nobody would lead.
   * @throws CaucusError `conflict`
   */
  async #inTouch({ key, label }: Member): Promise<void> {
    const isInTouch = await this.#until(CALL_TIMEOUT_MS, () => {
      const peer = this.#status().peers.find((other) => other.key === key);
      return peer?.progress === "replicate" && peer.lastContactMs < CALL_TIMEOUT_MS;
    });
    if (isInTouch) return;
    throw new CaucusError(
      "conflict",
      `node ${label} is a learner that does not answer or has not caught up: it can't be a voter yet`,
      REFUSED,
    );
  }

  async #caughtUp(member: Member): Promise<void> {
    const target = this.#status().commitIndex;
    const isCaughtUp = await this.#until(CATCH_UP_TIMEOUT_MS, () => {
      const status = this.#status();
      if (status.role !== "leader") {
        throw new CaucusError("no_leader", `leadership moved while node ${member.label} caught up`);
      }
      const peer = status.peers.find((other) => other.key === member.key);
      return peer !== undefined && peer.matchIndex >= target;
    });
    if (isCaughtUp) return;
    throw new CaucusError(
      "timeout",
      `${describeMember(member)} is a learner, but has not caught up within ${CATCH_UP_TIMEOUT_MS} ms`,
    );
  }

  #status(): ReturnType<RaftMember["status"]> {
    return this.#parts.member.status();
  }
}

/** Labels of the members that a change adds, promotes, demotes or drops. */
function changedLabels(
  before: Configuration,
  voters: readonly MemberKey[],
  learners: readonly MemberKey[],
): readonly number[] {
  const changed = before.members.filter(
    ({ key }) =>
      before.voters.includes(key) !== voters.includes(key) ||
      before.learners.includes(key) !== learners.includes(key),
  );
  return changed.map(({ label }) => label);
}

/** The voter of the label if there is one, else its learner. @throws CaucusError `invalid_argument` */
function memberForLabel(
  configuration: Configuration,
  label: number,
  accepts: (configuration: Configuration, key: MemberKey) => boolean = isMember,
): Member {
  const members = configuration.members.filter(
    (member) => member.label === label && accepts(configuration, member.key),
  );
  const found = members.find(({ key }) => isVoter(configuration, key)) ?? members[0];
  if (found !== undefined) return found;
  const allowed = configuration.members
    .filter(({ key }) => accepts(configuration, key))
    .map((member) => member.label);
  throw new CaucusError(
    "invalid_argument",
    `label ${label} is unknown, allowed are ${[...new Set(allowed)].join(", ")}; add others as learners first`,
  );
}

function isMember(configuration: Configuration, key: MemberKey): boolean {
  return isVoter(configuration, key) || isLearner(configuration, key);
}

function wrongCluster(member: Member, cluster: ClusterId): CaucusError {
  return new CaucusError(
    "wrong_cluster",
    `${describeMember(member)} belongs to another cluster, ${cluster}`,
  );
}

/** What a change that did not end well tells its asker. */
export function changeError(outcome: Exclude<ChangeOutcome, { kind: "changed" }>): CaucusError {
  switch (outcome.kind) {
    case "change-in-progress":
      return new CaucusError(
        "conflict",
        `a membership change is in progress (entry ${outcome.index})`,
        REFUSED,
      );
    case "configuration-moved":
      return new CaucusError(
        "conflict",
        `the configuration in force is of entry ${outcome.index}, not the expected one`,
        REFUSED,
      );
    case "invalid":
      return new CaucusError("invalid_argument", outcome.message, REFUSED);
    case "not-leader":
      return new CaucusError("no_leader", "this node does not lead any more", REFUSED);
    case "overloaded":
      return new CaucusError("overloaded", `overloaded: ${outcome.limit}`, REFUSED);
    case "transferring":
      return new CaucusError("conflict", "leadership is being handed over", REFUSED);
    case "stopped":
      return new CaucusError("unavailable", "the node is stopping", REFUSED);
    case "superseded":
      return new CaucusError("conflict", "another leader's entry took its place", REFUSED);
    case "unknown":
      return new CaucusError("timeout", "no quorum has confirmed the change in time", {
        outcome: "unknown",
      });
    default:
      return assertNever(outcome);
  }
}
