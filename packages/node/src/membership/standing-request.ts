import { assertNever, CaucusError, type Clock, type Logger } from "@caucus/base";
import { isVoter, type Member, memberOf } from "@caucus/raft";
import type { IdentityStore } from "@caucus/storage";
import { readIntention, writeIntention } from "../bootstrap/intention.ts";
import type { LeaderRouting } from "../leader-routing.ts";
import type { RaftMember } from "../raft-member.ts";
import type { Joiner } from "./joiner.ts";

const ASK_EVERY_MS = 500;

/** A member without a leader for so long may have been removed, which nobody can tell it but the leader. */
const LEADERLESS_MS = 3_000;

export interface StandingRequestParts {
  readonly self: Member;
  readonly identity: IdentityStore;
  readonly raft: RaftMember;
  readonly routing: LeaderRouting;
  readonly joiner: Joiner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pause: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/**
 * What a member still wants of its cluster: to become a voter after it has joined, to have its new
 * address recorded, and, as a voter that was started again, to be confirmed once, so that the
 * leader can see a disk that went back in time. Asks until it is so; a restart goes on (N20). A member
 * that was removed while it was cut off learns of it here (N28).
 */
export class StandingRequest {
  readonly #parts: StandingRequestParts;
  #open: string | undefined;
  #isConfirmed = false;
  /** When there was a leader last. */
  #ledMs: number;

  constructor(parts: StandingRequestParts) {
    this.#parts = parts;
    this.#ledMs = parts.clock.monotonicMs();
  }

  /** What is not yet granted: a sentence for `/readyz`; undefined when nothing is open. */
  get open(): string | undefined {
    return this.#open;
  }

  /** Resolves when the node stops. @throws CaucusError `conflict` when the leader refuses */
  async run(): Promise<void> {
    const { isStopping, pause } = this.#parts;
    while (!isStopping()) {
      if (await this.#isFulfilled()) {
        this.#open = undefined;
        if (this.#isLeaderless()) await this.#ask();
      } else if (this.#hasSomethingToAsk()) {
        await this.#ask();
      }
      await pause(ASK_EVERY_MS);
    }
  }

  #isLeaderless(): boolean {
    const { clock, raft, routing, self } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (routing.route.kind !== "none") this.#ledMs = nowMs;
    const isRemoved = raft.configuration().removed.includes(self.key);
    return !isRemoved && nowMs - this.#ledMs >= LEADERLESS_MS;
  }

  async #isFulfilled(): Promise<boolean> {
    const { identity, logger, raft, self } = this.#parts;
    const configuration = raft.configuration();
    const isVoting = isVoter(configuration, self.key);
    if (!raft.isRecorded()) {
      return !this.#wantsVote() && configuration.removed.includes(self.key);
    }
    if (!this.#wantsVote()) return this.#isConfirmed || !isVoting;
    if (!isVoting) return false;
    await writeIntention(identity, undefined);
    logger.info("became a voter", { label: self.label });
    return true;
  }

  /** Before the log names this node there is nothing to ask, unless it has asked to join. */
  #hasSomethingToAsk(): boolean {
    const { raft, self } = this.#parts;
    return this.#wantsVote() || memberOf(raft.configuration(), self.key) !== undefined;
  }

  #isNominated(): boolean {
    const intention = readIntention(this.#parts.identity);
    return intention?.kind === "joining" && intention.nominated === true;
  }

  #wantsVote(): boolean {
    return readIntention(this.#parts.identity)?.kind === "joining";
  }

  async #ask(): Promise<void> {
    const { joiner, raft } = this.#parts;
    const isForMore = this.#wantsVote() || !raft.isRecorded();
    const answer = await joiner.ask(raft.cluster, this.#addresses(), this.#isNominated());
    switch (answer.kind) {
      case "member":
        this.#open = undefined;
        this.#isConfirmed = true;
        return;
      case "wait":
        if (!isForMore) return;
        this.#open = `the cluster has not yet granted its request: ${answer.message}`;
        return;
      case "refused":
        throw new CaucusError("conflict", `cluster ${raft.cluster} refuses it: ${answer.message}`);
      default:
        assertNever(answer);
    }
  }

  /** The leader's first, its own when it leads itself. */
  #addresses(): readonly string[] {
    const { raft, routing, self } = this.#parts;
    const { route } = routing;
    if (route.kind === "self") return [self.rpcAddress];
    const others = raft.configuration().members.filter((member) => member.key !== self.key);
    const addresses = others.map((member) => member.rpcAddress);
    return route.kind === "other" ? [route.leader.rpcAddress, ...addresses] : addresses;
  }
}
